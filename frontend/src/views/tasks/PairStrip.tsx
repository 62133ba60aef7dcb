import { type KeyboardEvent, type PointerEvent, useLayoutEffect, useRef } from "react";
import { classes } from "../../widgets/classes";
import { TokenText } from "../../widgets/TokenText";
import styles from "./PairStrip.module.css";
import { type Bounds, spanAt } from "./spans";
import { type PairColumn, pairColumns } from "./tokenPair";

interface PairStripProps {
  readonly clean: readonly string[];
  readonly patch: readonly string[] | null;
  readonly bounds?: Bounds | null;
  readonly spanNames?: readonly string[];
  readonly isStale?: boolean;
  /** Given: boundaries can be dragged, and moved with the arrow keys. */
  readonly onMove?: (which: number, to: number) => void;
}

const TINTS = 6;

/** Clean above patch, one column a position; differences marked, spans as a band on top. */
export function PairStrip(props: PairStripProps) {
  const { clean, patch, bounds, spanNames = [], isStale, onMove } = props;
  const strip = useRef<HTMLOListElement>(null);
  const grabbed = useRef<number | null>(null);
  const focused = useRef<number | null>(null);
  const columns = pairColumns(clean, patch);

  // A moved boundary stands in another column, as another element: its focus goes with it.
  useLayoutEffect(() => {
    if (focused.current === null) return;
    strip.current?.querySelector<HTMLElement>(`[data-which="${focused.current}"]`)?.focus();
    focused.current = null;
  });

  function move(which: number, to: number) {
    focused.current = which;
    onMove?.(which, to);
  }

  function grab(which: number, pointer: number) {
    grabbed.current = which;
    strip.current?.setPointerCapture(pointer);
  }

  function onPointerMove({ clientX, clientY }: PointerEvent) {
    if (grabbed.current === null || !strip.current) return;
    const to = positionAt(strip.current, clientX, clientY);
    if (to !== null) move(grabbed.current, to);
  }

  return (
    <ol
      ref={strip}
      className={classes(styles.strip, isStale && styles.stale)}
      onPointerMove={onMove ? onPointerMove : undefined}
      onLostPointerCapture={() => {
        grabbed.current = null;
      }}
      aria-label={patch ? "Tokens of both prompts, position by position" : "Tokens of the prompt"}
    >
      {columns.map((column) => {
        const { position } = column;
        const inner = bounds ? bounds.slice(1, -1).indexOf(position) + 1 : 0;
        const span = bounds ? spanAt(bounds, position) : -1;
        return (
          <li
            key={position}
            className={styles.column}
            data-position={position}
            title={titleOf(column)}
          >
            {bounds && (
              <span
                className={styles.band}
                data-tint={span < 0 ? undefined : span % TINTS}
                title={span < 0 ? undefined : spanNames[span]}
              >
                {span >= 0 && bounds[span] === position ? span + 1 : ""}
              </span>
            )}
            <Chip text={column.clean} differs={column.differs} side="clean" />
            {patch && <Chip text={column.patch} differs={column.differs} side="patch" />}
            {bounds && inner > 0 && onMove && (
              <Boundary
                which={inner}
                bounds={bounds}
                label={`Border between ${spanNames[inner - 1]} and ${spanNames[inner]}`}
                token={clean[position] ?? ""}
                onMove={move}
                onGrab={grab}
              />
            )}
          </li>
        );
      })}
    </ol>
  );
}

function titleOf({ position, differs }: PairColumn): string {
  return `position ${position}${differs ? ", the prompts differ here" : ""}`;
}

interface ChipProps {
  readonly text: string | undefined;
  readonly differs: boolean;
  readonly side: "clean" | "patch";
}

function Chip({ text, differs, side }: ChipProps) {
  return (
    <span
      className={classes(
        styles.chip,
        text === undefined && styles.absent,
        differs && styles[side],
        differs && styles.differs,
      )}
    >
      {text === undefined ? "\u00a0" : <TokenText text={text} />}
    </span>
  );
}

interface BoundaryProps {
  readonly which: number;
  readonly bounds: Bounds;
  readonly label: string;
  readonly token: string;
  readonly onMove: (which: number, to: number) => void;
  readonly onGrab: (which: number, pointer: number) => void;
}

/** The line between two spans: a handle to drag, a slider to the keyboard and to readers. */
function Boundary({ which, bounds, label, token, onMove, onGrab }: BoundaryProps) {
  const now = bounds[which] ?? 0;
  const low = (bounds[which - 1] ?? 0) + 1;
  const high = (bounds[which + 1] ?? 0) - 1;

  function onKeyDown(event: KeyboardEvent) {
    const to = {
      ArrowLeft: now - 1,
      ArrowDown: now - 1,
      ArrowRight: now + 1,
      ArrowUp: now + 1,
      Home: low,
      End: high,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    onMove(which, to);
  }

  return (
    <span
      role="slider"
      tabIndex={0}
      className={styles.handle}
      data-which={which}
      aria-label={label}
      aria-valuenow={now}
      aria-valuemin={low}
      aria-valuemax={high}
      aria-valuetext={`before position ${now}, “${token}”`}
      aria-orientation="horizontal"
      title={`${label}: drag, or press the arrow keys`}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.preventDefault();
        onGrab(which, event.pointerId);
      }}
    />
  );
}

/** The gap between two tokens that a point is nearest to, counted by the token on its right. */
function positionAt(strip: Element, x: number, y: number): number | null {
  for (const column of strip.querySelectorAll<HTMLElement>("[data-position]")) {
    const box = column.getBoundingClientRect();
    if (y < box.top || y > box.bottom || x < box.left - 3 || x > box.right + 3) continue;
    return Number(column.dataset.position) + (x > box.left + box.width / 2 ? 1 : 0);
  }
  return null;
}
