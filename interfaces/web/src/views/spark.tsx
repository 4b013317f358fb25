/** LitSpark's mark. */
export const SPARK = "M16 2c1 8 5 12 13 14-8 2-12 6-13 14-1-8-5-12-13-14C11 14 15 10 16 2z";

export function Spark() {
  return (
    <svg className="spark" viewBox="0 0 32 32" aria-hidden="true">
      <path d={SPARK} />
    </svg>
  );
}
