/** How many took how long: a bar a step, the steps being ever longer. */
import { scaleBand, scaleLinear } from "@visx/scale";
import type { Language } from "../i18n/words";
import { Along, Upright, upward } from "./axes";
import type { Counted } from "./distribution";
import { duration, number, share } from "./figures";
import { Plot } from "./plot";
import type { T } from "./words";

interface Props {
  label: string;
  /** What is counted. */
  name: string;
  steps: Counted[];
  t: T;
  language: Language;
}

const ROOM = 2.75; // rem a label

export function stepName({ at_least_seconds, below_seconds }: Counted, t: T, language: Language): string {
  const from = duration(at_least_seconds, language);
  return below_seconds === null ? t("above", { from }) : t("between", { from, to: duration(below_seconds, language) });
}

export function Histogram({ label, name, steps, t, language }: Props) {
  const total = steps.reduce((sum, { count }) => sum + count, 0);
  const most = Math.max(...steps.map(({ count }) => count));
  const along = (width: number) =>
    scaleBand({ domain: steps.map((_, place) => place), range: [0, width], padding: 0.14 });
  const edges = (width: number) => scaleLinear<number>({ domain: [0, steps.length], range: [0, width] });
  return (
    <Plot
      label={label}
      height={13}
      count={steps.length}
      at={(x, _, { width }) => Math.max(0, Math.min(steps.length - 1, Math.floor((x / width) * steps.length)))}
      place={(index, { width, height }) => ({
        x: edges(width)(index + 0.5),
        y: upward(most, height)(steps[index]!.count),
      })}
      told={(index) => ({
        title: stepName(steps[index]!, t, language),
        values: [
          { name, value: number(steps[index]!.count, language) },
          { name: t("share"), value: share(steps[index]!.count / total, language) },
        ],
      })}
    >
      {(inner, index) => {
        const [x, y] = [along(inner.width), upward(most, inner.height)];
        const every = Math.ceil((steps.length * ROOM * inner.rem) / inner.width);
        return (
          <>
            <Upright scale={y} inner={inner} language={language} />
            {steps.map(({ at_least_seconds, count }, place) => (
              <rect
                key={at_least_seconds}
                className={place === index ? "bar here" : "bar"}
                x={x(place)}
                y={y(count)}
                width={x.bandwidth()}
                height={inner.height - y(count)}
                rx={2}
              />
            ))}
            <Along
              scale={edges(inner.width)}
              inner={inner}
              values={steps.map((_, place) => place).filter((place) => place % every === 0)}
              format={(place) => duration(steps[Number(place)]!.at_least_seconds, language, "narrow")}
            />
          </>
        );
      }}
    </Plot>
  );
}
