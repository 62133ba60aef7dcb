import { type CircuitFile, circuitPath } from "../../api/circuitViewQueries";
import { fetchRaw } from "../../api/client";
import { useExplorer } from "../../state/explorer";
import { Button } from "../../widgets/Button";
import { Menu, type MenuEntry } from "../../widgets/Menu";
import { reportFailure, save, saveText } from "../../widgets/save";
import { showToast } from "../../widgets/toasts";

interface FileKind extends CircuitFile {
  readonly ending: string;
  readonly label: string;
  readonly note: string;
  /** Only heads and MLPs have names in other projects' files. */
  readonly isOfComponents?: boolean;
}

const FILES: readonly FileKind[] = [
  {
    format: "headwater",
    ending: "headwater.json",
    label: "Headwater JSON",
    note: "the whole circuit; opens without the model",
  },
  {
    format: "eap-ig",
    ending: "eap-ig.json",
    label: "EAP-IG JSON",
    note: "scores of all edges in EAP-IG's names",
    isOfComponents: true,
  },
  {
    format: "mib",
    ending: "mib.json",
    label: "MIB JSON",
    note: "for the MIB benchmark",
    isOfComponents: true,
  },
  { format: "graphml", ending: "graphml", label: "GraphML", note: "for Gephi, yEd, networkx" },
  { format: "csv", table: "nodes", ending: "nodes.csv", label: "Nodes (CSV)", note: "all of them" },
  { format: "csv", table: "edges", ending: "edges.csv", label: "Edges (CSV)", note: "all of them" },
];

/** Tables hold the whole circuit, not what happens to be on screen. */
const ALL = { nodes: 1_000_000, edges: 5_000_000 };

export function DownloadMenu() {
  const { graph, data, canvas } = useExplorer();
  const summary = data.circuit?.summary;
  const name = `${summary?.task.name ?? "circuit"}-${graph.slice(0, 8)}`.replace(/[^\w.-]+/g, "_");
  const files = FILES.filter(
    ({ isOfComponents }) => !isOfComponents || summary?.level === "components",
  );

  async function fetchFile({ format, table, ending }: FileKind) {
    const file = { format, ...ALL, ...(table ? { table } : {}) };
    const response = await fetchRaw(circuitPath(graph, file));
    save(await response.blob(), `${name}.${ending}`);
  }

  async function savePicture() {
    const png = await canvas.current?.toPNG();
    if (png) save(png, `${name}.png`);
  }

  function saveDrawing() {
    const svg = canvas.current?.toSVG();
    if (svg) saveText(svg, `${name}.svg`, "image/svg+xml");
  }

  const saveMethods = () => saveText(`${summary?.methods_text ?? ""}\n`, `${name}.methods.txt`);

  async function saveAll() {
    for (const file of files) await fetchFile(file);
    await savePicture();
    saveDrawing();
    saveMethods();
    showToast(`Saved ${files.length + 3} files. The browser may ask to allow several at once.`);
  }

  const entries: MenuEntry[] = [
    ...files.map((file) => ({
      label: file.label,
      note: file.note,
      run: () => reportFailure(fetchFile(file)),
    })),
    {
      label: "Picture (PNG)",
      note: "what is on screen, at twice the size",
      run: () => reportFailure(savePicture()),
    },
    { label: "Drawing (SVG)", note: "vectors with selectable text", run: saveDrawing },
    { label: "Methods paragraph", note: "states every setting", run: saveMethods },
    {
      label: "Everything",
      note: "all of the above, one by one",
      run: () => reportFailure(saveAll()),
    },
  ];
  return (
    <Menu
      entries={entries}
      trigger={<Button look="quiet" icon="export" aria-label="Download" title="Download" />}
    />
  );
}
