import type { Vec } from "../base/geometry";

/** What hands do, in screen pixels of the element. Knows nothing of graphs. */
export interface GestureHandlers {
  /** Something lies under this press that follows the pointer itself: what to call with it. */
  readonly grab: (at: Vec) => ((at: Vec) => void) | null;
  readonly pan: (dx: number, dy: number) => void;
  readonly zoom: (at: Vec, factor: number) => void;
  readonly hover: (at: Vec | null) => void;
  readonly tap: (at: Vec, extend: boolean) => void;
  readonly doubleTap: (at: Vec) => void;
  readonly longPress: (at: Vec) => void;
  readonly dragging: (isDragging: boolean) => void;
}

const CLICK_SLOP_PX = 4;
const TOUCH_SLOP_PX = 10;
const LONG_PRESS_MS = 500;
const DOUBLE_TAP_MS = 320;
/** A finger wanders; a mouse that moved this far meant another node. */
const doubleTapReach = ({ pointerType }: PointerEvent): number =>
  pointerType === "mouse" ? 6 : 24;
/** A wheel that paused this long starts a new gesture and is judged anew. */
const WHEEL_GESTURE_MS = 250;
/** Mouse wheels click in large steps without a sideways part; trackpads trickle. */
const WHEEL_NOTCH_PX = 80;

/**
 * Trackpad: two fingers pan, pinch zooms. Mouse: wheel zooms at the pointer, drag pans.
 * Ctrl/Cmd + wheel always zooms, Shift + wheel pans sideways. Touch: one finger pans, two pinch,
 * a long press extends. Returns the function that stops listening.
 */
export function listenToGestures(element: HTMLElement, on: GestureHandlers): () => void {
  const pointers = new Map<number, Vec>();
  let start: { at: Vec; isTouch: boolean } | null = null;
  let moved = false;
  let follow: ((at: Vec) => void) | null = null;
  let pressTimer = 0;
  let lastTap = { at: { x: 0, y: 0 }, time: -Infinity };
  let wheel = { time: -Infinity, zooms: false };

  const place = (event: MouseEvent): Vec => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  const down = (event: PointerEvent) => {
    if (event.pointerType === "mouse" && event.button > 1) return;
    element.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, place(event));
    if (pointers.size > 1) {
      moved = true;
      clearTimeout(pressTimer);
      return;
    }
    start = { at: place(event), isTouch: event.pointerType !== "mouse" };
    follow = on.grab(start.at);
    follow?.(start.at);
    moved = follow !== null;
    if (!start.isTouch || follow) return;
    const at = start.at;
    pressTimer = window.setTimeout(() => {
      if (moved || pointers.size !== 1) return;
      moved = true;
      on.longPress(at);
    }, LONG_PRESS_MS);
  };

  const move = (event: PointerEvent) => {
    const before = pointers.get(event.pointerId);
    const now = place(event);
    if (!before) {
      if (event.pointerType === "mouse") on.hover(now);
      return;
    }
    if (follow) follow(now);
    else if (pointers.size === 2) pinch(event.pointerId, before, now);
    else if (start) {
      const slop = start.isTouch ? TOUCH_SLOP_PX : CLICK_SLOP_PX;
      if (!moved && Math.hypot(now.x - start.at.x, now.y - start.at.y) > slop) {
        moved = true;
        clearTimeout(pressTimer);
        on.hover(null);
        on.dragging(true);
        on.pan(now.x - start.at.x, now.y - start.at.y);
      } else if (moved) on.pan(now.x - before.x, now.y - before.y);
    }
    pointers.set(event.pointerId, now);
  };

  const pinch = (id: number, before: Vec, now: Vec) => {
    const other = [...pointers].find(([key]) => key !== id)?.[1];
    if (!other) return;
    const from = Math.hypot(before.x - other.x, before.y - other.y);
    const to = Math.hypot(now.x - other.x, now.y - other.y);
    on.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
    if (from > 1) on.zoom({ x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 }, to / from);
  };

  const up = (event: PointerEvent) => {
    if (!pointers.delete(event.pointerId)) return;
    clearTimeout(pressTimer);
    if (pointers.size > 0) return;
    follow = null;
    on.dragging(false);
    if (moved || event.type === "pointercancel" || !start) return;
    const at = place(event);
    const isSecond =
      event.timeStamp - lastTap.time < DOUBLE_TAP_MS &&
      Math.hypot(at.x - lastTap.at.x, at.y - lastTap.at.y) < doubleTapReach(event);
    lastTap = { at, time: isSecond ? -Infinity : event.timeStamp };
    if (isSecond) on.doubleTap(at);
    else on.tap(at, event.ctrlKey || event.metaKey || event.shiftKey);
  };

  const leave = () => on.hover(null);

  const turn = (event: WheelEvent) => {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    const dx = event.deltaX * unit;
    const dy = event.deltaY * unit;
    if (event.timeStamp - wheel.time > WHEEL_GESTURE_MS) {
      wheel.zooms = event.deltaMode !== 0 || (dx === 0 && Math.abs(dy) >= WHEEL_NOTCH_PX);
    }
    wheel = { ...wheel, time: event.timeStamp };
    if (event.ctrlKey || event.metaKey || (wheel.zooms && !event.shiftKey)) {
      // Pinches arrive as small ctrl-wheels; both feel alike on this exponential.
      const speed = event.ctrlKey && Math.abs(dy) < WHEEL_NOTCH_PX ? 0.012 : 0.0022;
      on.zoom(place(event), Math.exp(-Math.max(-200, Math.min(200, dy)) * speed));
    } else if (event.shiftKey && dx === 0) on.pan(-dy, 0);
    else on.pan(-dx, -dy);
  };

  element.addEventListener("pointerdown", down);
  element.addEventListener("pointermove", move);
  element.addEventListener("pointerup", up);
  element.addEventListener("pointercancel", up);
  element.addEventListener("pointerleave", leave);
  element.addEventListener("wheel", turn, { passive: false });
  return () => {
    clearTimeout(pressTimer);
    element.removeEventListener("pointerdown", down);
    element.removeEventListener("pointermove", move);
    element.removeEventListener("pointerup", up);
    element.removeEventListener("pointercancel", up);
    element.removeEventListener("pointerleave", leave);
    element.removeEventListener("wheel", turn);
  };
}
