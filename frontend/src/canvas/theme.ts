/** Colours of the drawing. Blue raises, orange lowers: told apart by every common colour vision. */
export interface Theme {
  readonly ground: string;
  /** Every other token column. */
  readonly band: string;
  /** The band of targets and their column. */
  readonly raised: string;
  readonly rule: string;
  readonly axis: string;
  readonly ink: string;
  readonly inkMuted: string;
  readonly neutral: string;
  readonly neutralLine: string;
  readonly positive: string;
  readonly negative: string;
  readonly positiveLine: string;
  readonly negativeLine: string;
  /** Edges by what they feed in a head: query, key, value; EAP-IG's colours. */
  readonly slots: readonly [q: string, k: string, v: string];
  readonly focus: string;
  readonly pin: string;
  readonly chip: string;
  readonly font: string;
  readonly mono: string;
  readonly dark: boolean;
  readonly contrast: boolean;
}

const FONT = '"Inter Variable", Inter, system-ui, sans-serif';
const MONO = '"JetBrains Mono Variable", "JetBrains Mono", ui-monospace, monospace';

const light: Theme = {
  ground: "#fcfcfb",
  band: "#f5f5f3",
  raised: "#eff0ee",
  rule: "#e8e8e4",
  axis: "#fcfcfb",
  ink: "#1c1e22",
  inkMuted: "#62666e",
  neutral: "#f4f4f2",
  neutralLine: "#9a9da4",
  positive: "#2f6fd6",
  negative: "#d9761a",
  positiveLine: "#2a63bf",
  negativeLine: "#c2610c",
  slots: ["#b0238e", "#22783a", "#2a63bf"],
  focus: "#16181c",
  pin: "#8b3fc4",
  chip: "#ffffff",
  font: FONT,
  mono: MONO,
  dark: false,
  contrast: false,
};

const dark: Theme = {
  ground: "#14161a",
  band: "#181b20",
  raised: "#20242b",
  rule: "#262a31",
  axis: "#14161a",
  ink: "#eceef2",
  inkMuted: "#9ba1ac",
  neutral: "#23272e",
  neutralLine: "#6b727e",
  positive: "#5b9bff",
  negative: "#f59a3e",
  positiveLine: "#6ea6ff",
  negativeLine: "#f3a152",
  slots: ["#f07ad6", "#6cd38a", "#6ea6ff"],
  focus: "#ffffff",
  pin: "#cf8dff",
  chip: "#1e2228",
  font: FONT,
  mono: MONO,
  dark: true,
  contrast: false,
};

export const themes = {
  light,
  dark,
  "light-contrast": {
    ...light,
    ground: "#ffffff",
    axis: "#ffffff",
    band: "#f2f2f2",
    raised: "#e6e6e6",
    rule: "#b5b5b5",
    ink: "#000000",
    inkMuted: "#2e3238",
    neutralLine: "#3f444c",
    positive: "#0b4fc0",
    negative: "#a84a00",
    positiveLine: "#083f9c",
    negativeLine: "#8f3e00",
    slots: ["#8a0f6e", "#0e5c26", "#083f9c"],
    focus: "#000000",
    pin: "#6a1ba5",
    contrast: true,
  },
  "dark-contrast": {
    ...dark,
    ground: "#000000",
    axis: "#000000",
    band: "#0d0f12",
    raised: "#191d22",
    rule: "#4c525c",
    ink: "#ffffff",
    inkMuted: "#d5d9e0",
    neutralLine: "#c2c8d2",
    positive: "#8ab8ff",
    negative: "#ffb56b",
    positiveLine: "#9cc4ff",
    negativeLine: "#ffc080",
    slots: ["#ffa6e8", "#9be8b0", "#9cc4ff"],
    pin: "#e2b8ff",
    contrast: true,
  },
} satisfies Record<string, Theme>;

export type ThemeName = keyof typeof themes;

export function themeNamed(theme: ThemeName | Theme): Theme {
  return typeof theme === "string" ? themes[theme] : theme;
}
