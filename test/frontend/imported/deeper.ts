export const scale = 2;
export const nested = { deep: (x: number): number => x - scale };
