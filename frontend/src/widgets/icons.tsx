/** The page's own icons: 16 px grid, one stroke width, decorative unless named. */
import type { ReactNode } from "react";

const paths = {
  moon: <path d="M13 9.6A5.6 5.6 0 0 1 6.4 3 5.6 5.6 0 1 0 13 9.6Z" />,
  sun: (
    <>
      <circle cx="8" cy="8" r="2.8" />
      <path d="M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9" />
    </>
  ),
  plus: <path d="M8 3.5v9M3.5 8h9" />,
  minus: <path d="M3.5 8h9" />,
  fit: <path d="M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10" />,
  link: (
    <path d="M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2-2a2.6 2.6 0 0 0-3.7-3.7l-.9.9M9.2 6.8a2.6 2.6 0 0 0-3.7 0l-2 2a2.6 2.6 0 0 0 3.7 3.7l.9-.9" />
  ),
  export: <path d="M8 10.5V2.5M5 5.3l3-2.8 3 2.8M2.8 9.5v3a1 1 0 0 0 1 1h8.4a1 1 0 0 0 1-1v-3" />,
  search: (
    <>
      <circle cx="7" cy="7" r="4.2" />
      <path d="m10.2 10.2 3.3 3.3" />
    </>
  ),
  close: <path d="m4 4 8 8M12 4l-8 8" />,
  pin: <path d="M6 2.5h4l-.6 4 2.1 2.2H4.5l2.1-2.2L6 2.5ZM8 8.7v4.8" />,
  ablate: (
    <>
      <circle cx="8" cy="8" r="5.2" />
      <path d="m4.4 11.6 7.2-7.2" />
    </>
  ),
  undo: <path d="M3 6.2h6.2a3.6 3.6 0 0 1 0 7.2H6M5.6 3.4 2.8 6.2 5.6 9" />,
  redo: <path d="M13 6.2H6.8a3.6 3.6 0 0 0 0 7.2H10M10.4 3.4l2.8 2.8L10.4 9" />,
  table: <path d="M2.5 3.5h11v9h-11zM2.5 6.5h11M2.5 9.5h11M6.5 3.5v9" />,
  graph: (
    <>
      <circle cx="4" cy="12" r="1.6" />
      <circle cx="12" cy="11" r="1.6" />
      <circle cx="8" cy="4" r="1.6" />
      <path d="M4.8 10.6 7.3 5.5M8.7 5.4l2.6 4.2" />
    </>
  ),
  help: (
    <>
      <circle cx="8" cy="8" r="5.6" />
      <path d="M6.3 6.4a1.7 1.7 0 1 1 2.4 1.6c-.5.2-.7.5-.7 1M8 11.2v.1" />
    </>
  ),
  trace: (
    <>
      <path d="M8 13.5V9c0-2.4-4-2.4-4-5.2M8 9c0-2.4 4-2.4 4-5.2" />
      <circle cx="4" cy="2.8" r="1.1" />
      <circle cx="12" cy="2.8" r="1.1" />
    </>
  ),
  chevron: <path d="m4.5 6 3.5 3.5L11.5 6" />,
  arrow: <path d="M3 8h9.5M9 4.5 12.5 8 9 11.5" />,
  warning: <path d="M8 2.4 14.2 13H1.8L8 2.4ZM8 6.6v3M8 11.3v.1" />,
  offline: (
    <path d="M2.5 2.5l11 11M5 9.6a4.3 4.3 0 0 1 2-1.1M2.6 7.2A7.6 7.6 0 0 1 5.4 5.4M7.7 4.7a7.6 7.6 0 0 1 5.7 2.5M8 12.4v.1" />
  ),
  settings: <path d="M2.5 5h6M11.5 5h2M2.5 11h2M7.5 11h6M10 3.4v3.2M6 9.4v3.2" />,
  info: (
    <>
      <circle cx="8" cy="8" r="5.6" />
      <path d="M8 7.4v3.6M8 5v.1" />
    </>
  ),
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {paths[name]}
    </svg>
  );
}
