// Stands in for packages that no dashboard needs (vite.config.ts).
export const loader = {};
export default null;
