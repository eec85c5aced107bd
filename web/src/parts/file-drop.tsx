// SPDX-License-Identifier: Apache-2.0
// A place to drop files on, with a button for those who choose them.
import { useRef, useState } from "preact/hooks";
import { size } from "../format";
import type { ControlProps } from "./field";
import { useKeptFocus } from "./kept-focus";

interface FileDropProps {
  control: ControlProps;
  files: File[];
  many?: boolean;
  accept: string[];
  onFiles: (files: File[]) => void;
}

const keys = new WeakMap<File, number>();
let made = 0;

/** One for each file, whatever its name and place: the row of one that is removed goes, and no other. */
function keyOf(file: File): number {
  const key = keys.get(file) ?? ++made;
  keys.set(file, key);
  return key;
}

export function FileDrop({ control, files, many, accept, onFiles }: FileDropProps) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const place = useKeptFocus<HTMLDivElement>("button, input");
  const take = (chosen: FileList | null | undefined) => {
    const taken = Array.from(chosen ?? []);
    if (taken.length) onFiles(many ? [...files, ...taken] : taken.slice(0, 1));
    if (input.current) input.current.value = "";
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer?.files);
  };
  const onDragOver = (event: DragEvent) => {
    event.preventDefault();
    setOver(true);
  };
  return (
    <div ref={place} class={over ? "drop over" : "drop"} onDrop={onDrop} onDragOver={onDragOver} onDragLeave={() => setOver(false)}>
      {files.map((file, at) => (
        <div class="drop-file" key={keyOf(file)}>
          <span class="clip">{file.name}</span>
          <span class="faint nowrap">{size(file.size)}</span>
          <button type="button" class="btn quiet" onClick={() => onFiles(files.filter((_, each) => each !== at))}>
            Remove<span class="visually-hidden"> {file.name}</span>
          </button>
        </div>
      ))}
      <div class="drop-choose">
        <input
          {...control}
          ref={input}
          class="file-input"
          type="file"
          multiple={many ?? false}
          accept={accept.map((each) => "." + each).join(",")}
          onChange={(event) => take(event.currentTarget.files)}
        />
        <span class="btn" aria-hidden="true">
          {many ? "Choose files" : files.length ? "Choose another" : "Choose a file"}
        </span>
        <span class="faint wide">or drop {many ? "them" : "it"} here</span>
      </div>
    </div>
  );
}
