import type { EvaluationResult } from "../../api/circuitViewQueries";
import { Button } from "../../widgets/Button";
import { Menu } from "../../widgets/Menu";
import { reportFailure, save, saveText } from "../../widgets/save";
import {
  figureOf,
  type Measure,
  type PlotColours,
  type Ranking,
  settingsText,
  toCsv,
} from "./curves";

interface FigureMenuProps {
  readonly result: EvaluationResult;
  readonly ranking: Ranking;
  readonly measure: Measure;
}

const WIDTH = 900;
const HEIGHT = 640;

/** Print is light, whatever the page is. */
const PRINT: PlotColours = {
  accent: "rgb(12, 100, 112)",
  second: "rgb(139, 63, 196)",
  ink: "rgb(28, 30, 34)",
  ink2: "rgb(71, 75, 83)",
  line: "rgb(226, 226, 221)",
  surface: "rgb(255, 255, 255)",
  baselines: ["rgb(95, 99, 107)", "rgb(164, 81, 10)", "rgb(42, 99, 191)"],
};

/** The figure with its settings, as picture or as numbers. */
export function FigureMenu({ result, ranking, measure }: FigureMenuProps) {
  const name = `${String(result.task.name ?? "circuit").replace(/[^\w.-]+/g, "_")}-${measure}`;

  async function savePicture(format: "png" | "svg") {
    const { picture } = await import("../ablation/plotly");
    const address = await picture(...forPrint(result, ranking, measure), format, WIDTH, HEIGHT);
    save(await blobOf(address), `${name}.${format}`);
  }

  const entries = [
    {
      label: "Picture (PNG)",
      note: "with its settings below it",
      run: () => reportFailure(savePicture("png")),
    },
    {
      label: "Drawing (SVG)",
      note: "with its settings below it",
      run: () => reportFailure(savePicture("svg")),
    },
    {
      label: "Table (CSV)",
      note: "every curve and point; settings on top",
      run: () => saveText(toCsv(result), `${name}.csv`, "text/csv"),
    },
    {
      label: "Result (JSON)",
      note: "as the server gave it",
      run: () =>
        saveText(`${JSON.stringify(result, null, 2)}\n`, `${name}.json`, "application/json"),
    },
  ];
  return (
    <Menu
      entries={entries}
      trigger={
        <Button
          look="quiet"
          size="s"
          icon="export"
          aria-label="Export the figure"
          title="Export the figure"
        />
      }
    />
  );
}

function forPrint(
  result: EvaluationResult,
  ranking: Ranking,
  measure: Measure,
): [data: object[], layout: object] {
  const [data, layout] = figureOf(result, ranking, measure, PRINT);
  const caption = wrapped(settingsText(result), 125).join("<br>");
  return [
    data,
    {
      ...layout,
      height: HEIGHT,
      width: WIDTH,
      margin: { l: 64, r: 24, t: 48, b: 190 },
      paper_bgcolor: "#ffffff",
      plot_bgcolor: "#ffffff",
      title: {
        text: `${String(result.task.title ?? result.task.name ?? "")} · ${result.model}`,
        font: { size: 15 },
      },
      legend: { orientation: "h", x: 0, y: -0.14, yanchor: "top" },
      annotations: [
        {
          text: caption,
          xref: "paper",
          yref: "paper",
          x: 0,
          y: -0.33,
          xanchor: "left",
          yanchor: "top",
          align: "left",
          showarrow: false,
          font: { size: 11, color: PRINT.ink2 },
        },
      ],
    },
  ];
}

function wrapped(text: string, letters: number): string[] {
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1] ?? "";
    if (last.length + word.length + 1 > letters) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines;
}

/** Plotly gives data addresses; the page may not fetch them, so they are read by hand. */
async function blobOf(address: string): Promise<Blob> {
  const [head = "", body = ""] = address.split(/,(.*)/s);
  const type = /^data:([^;,]+)/.exec(head)?.[1] ?? "application/octet-stream";
  if (!head.includes("base64")) return new Blob([decodeURIComponent(body)], { type });
  const bytes = Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0));
  return new Blob([bytes], { type });
}
