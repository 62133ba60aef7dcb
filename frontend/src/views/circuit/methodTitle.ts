/** What people call the methods; the settings say the rest. */
const TITLES: Record<string, string> = {
  sfc: "Sparse features",
  hierarchical: "Hierarchical attribution",
  eap: "EAP",
  "eap-ig-inputs": "EAP-IG (inputs)",
  "eap-ig-activations": "EAP-IG (activations)",
  exact: "Exact patching",
  peap: "Position-aware EAP",
  acdc: "Edge search",
  random: "Random scores",
  activation: "Activation difference",
  gradient: "Gradient only",
};

export function methodTitle(method: Readonly<Record<string, unknown>>): string {
  const name = String(method.method ?? "");
  return TITLES[name] ?? name;
}
