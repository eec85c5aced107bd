// SPDX-License-Identifier: Apache-2.0
// Filters of a list, which live in the address: one that is chosen here, and one that a link came with.
import { query, setQuery } from "../router";

/** A select bound to one name of the query. A value that is not among the choices stays choosable. */
export function Filter({ name, label, all, choices }: { name: string; label: string; all: string; choices: [string, string][] }) {
  const value = query.value.get(name) ?? "";
  const known = value === "" || choices.some(([each]) => each === value);
  const shown = known ? choices : [...choices, [value, value] as [string, string]];
  return (
    <select class="input filter" aria-label={label} value={value} onChange={(event) => setQuery({ [name]: event.currentTarget.value || null })}>
      <option value="" selected={value === ""}>
        {all}
      </option>
      {shown.map(([each, text]) => (
        <option key={each} value={each} selected={each === value}>
          {text}
        </option>
      ))}
    </select>
  );
}

interface ChosenProps {
  text: string;
  value: string; // an id, of which the end tells most
  clear: string;
  onClear: () => void;
}

export function Chosen({ text, value, clear, onClear }: ChosenProps) {
  return (
    <span class="chosen">
      <span>
        {text} <span class="mono" title={value}>…{value.slice(-8)}</span>
      </span>
      <button type="button" class="btn quiet square" aria-label={clear} title={clear} onClick={onClear}>
        <span aria-hidden="true">×</span>
      </button>
    </span>
  );
}
