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
