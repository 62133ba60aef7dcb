declare module "plotly.js-basic-dist-min" {
  const Plotly: {
    react(element: HTMLElement, data: object[], layout: object, config: object): Promise<void>;
    purge(element: HTMLElement): void;
    toImage(
      figure: { data: object[]; layout: object },
      options: { format: "png" | "svg"; width: number; height: number; scale: number },
    ): Promise<string>;
  };
  export default Plotly;
}
