// SPDX-License-Identifier: Apache-2.0
// A few choices side by side, of which one holds.
import type { Choice } from "./field";

interface SegmentsProps {
  name: string;
  choices: Choice[];
  value: string;
  onValue: (value: string) => void;
}

export function Segments({ name, choices, value, onValue }: SegmentsProps) {
  return (
    <div class="seg" role="group" aria-label={name}>
      {choices.map((choice) => (
        <button key={choice.value} type="button" aria-pressed={choice.value === value} onClick={() => onValue(choice.value)}>
          {choice.text}
        </button>
      ))}
    </div>
  );
}
