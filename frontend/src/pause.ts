/** How long after the last key a sheet is checked, in milliseconds: short where the server is quick, longer where many ask. */
export function pauseAfter(took: number): number {
  return Math.min(Math.max(took / 4, 40), 400);
}
