/** JSON by lines, taken apart as it comes: each step gives the whole lines of what has arrived. */
export async function* lines<Line>(body: ReadableStream<Uint8Array>): AsyncGenerator<Line[]> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      const whole = (rest + decoder.decode(step.value, { stream: true })).split("\n");
      rest = whole.pop()!;
      if (whole.length > 0) yield whole.map((line) => JSON.parse(line) as Line);
    }
  } finally {
    await reader.cancel(); // whoever wants no more of it
  }
  if (rest !== "") yield [JSON.parse(rest) as Line]; // a last line without its end, or one that was cut: that throws
}
