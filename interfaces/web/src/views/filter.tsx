/** A field with a magnifying glass. Named by `label`, unless a label of its own stands beside it. */
import { Search } from "lucide-react";
import type { InputHTMLAttributes } from "react";

interface Props extends Omit<InputHTMLAttributes<HTMLInputElement>, "onChange"> {
  label?: string;
  query: string;
  onChange(query: string): void;
}

export function Filter({ label, query, onChange, ...input }: Props) {
  return (
    <div className="filter">
      <Search aria-hidden="true" />
      <input
        type="search"
        className="input"
        aria-label={label}
        placeholder={label}
        value={query}
        onChange={(event) => onChange(event.target.value)}
        {...input}
      />
    </div>
  );
}
