import { fetchRaw } from "../../api/client";
import { graphPath } from "../../api/queries";
import { useExplorer } from "../../state/explorer";
import { Button } from "../../widgets/Button";
import { Menu } from "../../widgets/Menu";
import { reportFailure, save } from "../../widgets/save";

const FORMATS = [
  {
    format: "neuronpedia",
    ending: "neuronpedia.json",
    label: "Neuronpedia JSON",
    note: "opens in circuit-tracer's and Neuronpedia's pages",
  },
  {
    format: "headwater",
    ending: "headwater.json",
    label: "Headwater JSON",
    note: "the whole graph, what is shown marked",
  },
  { format: "npz", ending: "npz", label: "NumPy arrays (npz)", note: "the whole unpruned matrix" },
] as const;

export function ExportMenu() {
  const { graph, store, canvas } = useExplorer();

  async function fetchFile(format: string, ending: string) {
    const { nodeThreshold, edgeThreshold } = store.getState();
    const response = await fetchRaw(graphPath(graph, format, nodeThreshold, edgeThreshold));
    save(await response.blob(), `${graph.slice(0, 12)}.${ending}`);
  }

  const entries = [
    ...FORMATS.map(({ format, ending, label, note }) => ({
      label,
      note,
      run: () => reportFailure(fetchFile(format, ending)),
    })),
    {
      label: "Picture (PNG)",
      note: "what is on screen, at twice the size",
      run: () =>
        reportFailure(
          canvas.current?.toPNG().then((png) => save(png, `${graph.slice(0, 12)}.png`)),
        ),
    },
    {
      label: "Drawing (SVG)",
      note: "vectors with selectable text",
      run: () => {
        const svg = canvas.current?.toSVG();
        if (svg) save(new Blob([svg], { type: "image/svg+xml" }), `${graph.slice(0, 12)}.svg`);
      },
    },
  ];
  return (
    <Menu
      entries={entries}
      trigger={<Button look="quiet" icon="export" aria-label="Export" title="Export" />}
    />
  );
}
