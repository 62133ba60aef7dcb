/** Streams that join: the page's mark. */
export function Logo() {
  return (
    <svg aria-hidden="true" width="26" height="26" viewBox="0 0 32 32">
      <rect width="32" height="32" rx="8" fill="var(--accent)" />
      <g fill="none" stroke="var(--on-accent)" strokeWidth="2.4" strokeLinecap="round">
        <path d="M16 26V19c0-5-7-4-7-10" />
        <path d="M16 19c0-5 7-4 7-10" />
        <path d="M16 19V7" />
      </g>
      <g fill="var(--on-accent)">
        <circle cx="9" cy="7.5" r="2.4" />
        <circle cx="16" cy="6" r="2.4" />
        <circle cx="23" cy="7.5" r="2.4" />
        <circle cx="16" cy="26" r="2.4" />
      </g>
    </svg>
  );
}
