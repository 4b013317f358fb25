/** A name and a value, in a <dl className="fields">; what is `code` stands as it is in the log. */
interface Props {
  name: string;
  value: string;
  title?: string;
  code?: boolean;
}

export function Field({ name, value, title, code }: Props) {
  return (
    <div>
      <dt>{name}</dt>
      <dd title={title}>{code ? <pre tabIndex={0}>{value}</pre> : value}</dd>
    </div>
  );
}
