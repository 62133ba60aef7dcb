/** The one place that touches plotly, so that it stays in a chunk of its own. */
import Plotly from "plotly.js-basic-dist-min";

export function draw(element: HTMLElement, data: object[], layout: object): void {
  Plotly.react(
    element,
    data,
    { ...layout, autosize: true },
    { displayModeBar: false, responsive: true },
  );
}

export function release(element: HTMLElement): void {
  Plotly.purge(element);
}

/** A figure as a data address, on a ground of its own and without the page. */
export const picture = (
  data: object[],
  layout: object,
  format: "png" | "svg",
  width: number,
  height: number,
): Promise<string> =>
  Plotly.toImage({ data, layout }, { format, width, height, scale: format === "png" ? 2 : 1 });
