import { useState } from "react";
import {
  inputCoverage,
  type Neighbour,
  strongestInputs,
  strongestOutputs,
} from "../../graph/neighbours";
import { SLOTS } from "../../graph/types";
import { useExplorer, useGoTo } from "../../state/explorer";
import { useHoverRow } from "../../state/useHoverRow";
import { Button } from "../../widgets/Button";
import { classes } from "../../widgets/classes";
import { percent, plural, signed } from "../../widgets/format";
import { Section } from "../../widgets/Section";
import { NodeName } from "./NodeName";
import rowStyles from "./NodeRow.module.css";

const FIRST = 6;

/** What drives this node and what it drives, strongest first, signed. */
export function Neighbours({ row }: { readonly row: number }) {
  const { data } = useExplorer();
  const inputs = strongestInputs(data, row);
  const outputs = strongestOutputs(data, row);
  return (
    <>
      {inputs.length > 0 && (
        <Section
          title="Inputs"
          note={`weight · share of all input; ${percent(inputCoverage(data, row))} ${data.circuit ? "loaded" : "shown"}`}
        >
          <NeighbourList neighbours={inputs} />
        </Section>
      )}
      {outputs.length > 0 && (
        <Section title="Outputs" note="weight · share of the other's input">
          <NeighbourList neighbours={outputs} />
        </Section>
      )}
    </>
  );
}

function NeighbourList({ neighbours }: { readonly neighbours: readonly Neighbour[] }) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? neighbours.slice(0, 200) : neighbours.slice(0, FIRST);
  const most = Math.max(...neighbours.map(({ share }) => Math.abs(share)), 1e-9);
  return (
    <div>
      {shown.map((neighbour) => (
        <NeighbourRow key={neighbour.edge} neighbour={neighbour} most={most} />
      ))}
      {neighbours.length > FIRST && (
        <Button size="s" look="quiet" onClick={() => setWhole(!isWhole)}>
          {isWhole ? "Show fewer" : `Show ${plural(neighbours.length - FIRST, "more", "more")}`}
        </Button>
      )}
    </div>
  );
}

const SLOT_TITLES = { q: "into the queries", k: "into the keys", v: "into the values" };

interface NeighbourRowProps {
  readonly neighbour: Neighbour;
  readonly most: number;
}

function NeighbourRow({ neighbour, most }: NeighbourRowProps) {
  const { row, weight, share, edge } = neighbour;
  const { data } = useExplorer();
  const goTo = useGoTo();
  const slot = SLOTS[data.edges.slot?.[edge] ?? 0];
  const { isLit, handlers } = useHoverRow(row);
  return (
    <button
      type="button"
      className={classes(rowStyles.row, isLit && rowStyles.lit)}
      onClick={() => goTo(row)}
      {...handlers}
    >
      <span
        className={classes(rowStyles.bar, weight >= 0 ? rowStyles.raises : rowStyles.lowers)}
        style={{ width: `${(Math.abs(share) / most) * 100}%` }}
      />
      {slot && (
        <abbr className={rowStyles[slot]} title={SLOT_TITLES[slot]}>
          {slot}
        </abbr>
      )}
      <NodeName row={row} />
      <span className={rowStyles.figure}>{signed(weight)}</span>
      <span className={rowStyles.share}>{percent(share)}</span>
    </button>
  );
}
