// Module constants that are filled by statements; imports.
import defaultHelper, { offset as shift, Tools, twice } from '../imported/helpers.js';
import * as helpers from '../imported/helpers.js';

const squares: number[] = [];
for (let i = 0; i < 5; i++) squares.push(i * i);
const table = new Float64Array(4);
function init(): void {
  for (let i = 0; i < table.length; i++) table[i] = squares[i]! * 0.5;
}
init();
let total = 0;
squares.forEach((s) => {
  total += s;
});
const grid: number[][] = Array.from({ length: 2 }, () => [0, 0]);
grid[0]![1] = total;
const lookup = { low: 1, high: 2 };
lookup.high = 10;

export function tables(x: number): number {
  let s = 0;
  for (let i = 0; i < table.length; i++) s += table[i]! * x ** i;
  return s + squares.length;
}
export function totals(x: number): number {
  return x * total + grid[0]![1]! + grid[1]!.length + lookup.high;
}
export function imported(x: number, y: number): number {
  return (
    twice(x) +
    shift +
    helpers.twice(y) +
    Tools.half(x) +
    defaultHelper(y) +
    helpers.Tools.half(2) +
    helpers.nested.deep(x)
  );
}
export function vars(n: number, x: number): number {
  var s = 0;
  for (var i = 0; i < n; i++) {
    var t = i * x;
    s += t;
  }
  if (x > 0) {
    var t = 100;
  }
  for (var i = 5; i < 7; i++) s += i;
  return s + i;
}
export function bigSum(xs: number[]): number {
  return Math.max.apply(null, xs) + Math.max.call(null, 1, 2) + Math.hypot.apply(Math, [3, 4]);
}
export function instances(x: number): number {
  const a = new helpers.Base(x);
  const b = new helpers.Derived(x, 2);
  const list = [1, 2];
  return (
    (a instanceof helpers.Base ? 1 : 0) +
    (b instanceof helpers.Base ? 10 : 0) +
    ((a as unknown) instanceof helpers.Derived ? 100 : 0) +
    (list instanceof Array ? 1000 : 0) +
    ((list as unknown) instanceof Float64Array ? 1 : 0) +
    b.value()
  );
}
export { twice as again } from '../imported/helpers.js';
