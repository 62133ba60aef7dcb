import { percent } from "../../widgets/format";

/** A share as a percentage; only all of them is 100 %, only none is 0 %. */
export function accuracyText(share: number | null): string {
  if (share === null) return "–";
  if (share < 1 && share >= 0.995) return `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
  return percent(share);
}
