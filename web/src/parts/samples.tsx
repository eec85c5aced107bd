// SPDX-License-Identifier: Apache-2.0
// The sample calls of an app, one language at a time, with the parts that are one's own marked.
import { useState } from "preact/hooks";
import { sample, type Call, type Language } from "../samples";
import { Code, CopyButton } from "./copy";
import { Segments } from "./segments";

const languages: { value: Language; text: string }[] = [
  { value: "curl", text: "curl" },
  { value: "python", text: "Python" },
  { value: "javascript", text: "JavaScript" },
];

export function Samples(call: Call) {
  const [language, setLanguage] = useState<Language>("curl");
  const text = sample(language, call);
  return (
    <div class="stack-tight">
      <div class="row between">
        <Segments name="Language" choices={languages} value={language} onValue={(value) => setLanguage(value as Language)} />
        <CopyButton text={text} what="sample" quiet />
      </div>
      <Code name={`Sample call in ${language}`} text={text}>
        {marked(text, [encodeURIComponent(call.app.id), call.secret])}
      </Code>
    </div>
  );
}

function marked(text: string, words: string[]) {
  const alternatives = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(`(/apps/${alternatives[0]}(?=/)|${alternatives[1]})`, "g");
  return text.split(pattern).map((part, at) => {
    if (at % 2 === 0) return part;
    return part.startsWith("/apps/") ? <span key={at}>/apps/<b>{part.slice(6)}</b></span> : <b key={at}>{part}</b>;
  });
}
