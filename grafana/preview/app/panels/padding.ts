// Pixels at the top, right, bottom and left of a plot: Grafana's, but for the right, where it has 8
// and cuts the last time in half.
export const PADDING: [number, number, number, number] = [8, 18, 0, 0];
