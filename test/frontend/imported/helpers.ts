import { scale } from './deeper.js';
export { nested } from './deeper.js';
export const offset = scale * 3;
export const twice = (x: number): number => x * scale;
export namespace Tools {
  export const half = (x: number): number => x / scale;
}
export class Base {
  constructor(protected x: number) {}
  value(): number {
    return this.x;
  }
}
export class Derived extends Base {
  constructor(
    x: number,
    private k: number,
  ) {
    super(x + 1);
  }
  override value(): number {
    return super.value() * this.k;
  }
}
export default function helper(x: number): number {
  return twice(x) + 1;
}
