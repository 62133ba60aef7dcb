/** How tokens and numbers are written, the same on canvas, in lists and in exports. */

/** Spaces are part of a token; show them, or two different tokens look alike. */
export function visibleToken(token: string): string {
  if (token === "") return "∅";
  return token
    .replace(/\r/g, "␍")
    .replace(/\n/g, "⏎")
    .replace(/\t/g, "⇥")
    .replace(/ /g, "␣")
    .replace(/\p{Cc}/gu, "·");
}

export function percent(share: number): string {
  if (!Number.isFinite(share)) return "–";
  const value = share * 100;
  const size = Math.abs(value);
  if (size > 0 && size < 0.1) return value < 0 ? ">−0.1 %" : "<0.1 %";
  return `${minus(value.toFixed(size < 9.95 ? 1 : 0))} %`;
}

/** Near 0 and 1 a rounded percentage hides what moved, so digits are added there. */
export function probability(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const share = value * 100;
  if (share > 99.99) return ">99.99 %";
  if (share >= 99.5) return `${share.toFixed(2)} %`;
  if (share >= 9.95) return `${share.toFixed(0)} %`;
  if (share >= 0.095) return `${share.toFixed(1)} %`;
  if (share >= 0.0095) return `${share.toFixed(2)} %`;
  return share === 0 ? "0 %" : "<0.01 %";
}

/** Three significant digits with a sign that is as wide as a digit. */
export function signed(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return `${value < 0 ? "−" : "+"}${plain(Math.abs(value))}`;
}

export function plain(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.001 || size >= 1e5) return minus(value.toExponential(1));
  return minus(value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3));
}

const minus = (text: string): string => text.replace("-", "−");
