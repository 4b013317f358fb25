/** A field that narrows down a list that is there already. */
import { Search } from "lucide-react";

export function Filter({ label, query, onChange }: { label: string; query: string; onChange(query: string): void }) {
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
      />
    </div>
  );
}
