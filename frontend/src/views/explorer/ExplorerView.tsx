export function ExplorerView() {
  return <main id="main">soon</main>;
}
