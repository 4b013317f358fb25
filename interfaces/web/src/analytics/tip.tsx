/** What is said of the point under the pointer. */
export interface Told {
  title: string;
  values: { name: string; value: string; series?: string }[];
}

interface Props {
  told: Told;
  x: number;
  y: number;
  within: number;
}

export function Tip({ told: { title, values }, x, y, within }: Props) {
  return (
    <div className={x > within / 2 ? "tip before" : "tip"} style={{ left: x, top: y }} aria-hidden="true">
      <p>{title}</p>
      <dl>
        {values.map(({ name, value, series }) => (
          <div key={name}>
            <dt className={series && `key ${series}`}>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
