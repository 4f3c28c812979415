/** Printed statements before they are text: enough structure to see `while (c)` in a loop that starts with a `break`. */

import type { Expr } from './expressions.js';
import { negate } from './expressions.js';

export type Out =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'blank' }
  | { readonly kind: 'if'; readonly cond: Expr; readonly then: readonly Out[]; readonly else: readonly Out[] }
  | { readonly kind: 'block'; readonly head: string; readonly body: readonly Out[]; readonly foot?: string };

export const line = (text: string): Out => ({ kind: 'line', text });
export const blank: Out = { kind: 'blank' };

const width = 118;

/** An `if` without an empty first arm. */
export function conditional(cond: Expr, then: readonly Out[], otherwise: readonly Out[]): Out[] {
  if (then.length > 0) {
    const isChain = otherwise.length === 1 && otherwise[0]?.kind === 'if';
    const flips = cond.negated !== undefined && cond.binary === undefined && otherwise.length > 0 && !isChain;
    if (flips) return [{ kind: 'if', cond: negate(cond), then: otherwise, else: then }];
    return [{ kind: 'if', cond, then, else: otherwise }];
  }
  return otherwise.length > 0 ? [{ kind: 'if', cond: negate(cond), then: otherwise, else: [] }] : [];
}

/** Sets loops apart in a function that is long enough to have parts, and checks at its start. */
export function paragraphs(outs: readonly Out[]): readonly Out[] {
  if (outs.length < 8 || !outs.some(({ kind }) => kind === 'block')) return outs;
  const checks = outs.findIndex((out) => !isCheck(out));
  return outs.flatMap((out, k) => {
    const next = outs[k + 1];
    const apart = next !== undefined && (out.kind === 'block' || k === checks - 1);
    return apart ? [out, blank] : [out];
  });
}

const isCheck = (out: Out): boolean =>
  out.kind === 'if' && out.then.every((inner) => inner.kind === 'line' && inner.text.startsWith('throw '));

export function render(outs: readonly Out[], indent = 0): string {
  const lines: string[] = [];
  const write = (depth: number, text: string) => lines.push(text === '' ? '' : '  '.repeat(depth) + text);
  const block = (list: readonly Out[], depth: number) => {
    for (const out of list) {
      if (out.kind === 'line') write(depth, out.text);
      else if (out.kind === 'blank') write(depth, '');
      else if (out.kind === 'if') ifStatement(out, depth);
      else {
        write(depth, `${out.head} {`);
        block(out.body, depth + 1);
        write(depth, out.foot === undefined ? '}' : `} ${out.foot}`);
      }
    }
  };
  const ifStatement = (first: Extract<Out, { kind: 'if' }>, depth: number) => {
    const arms: { head: string; body: readonly Out[] }[] = [];
    for (let at = first; ;) {
      arms.push({ head: `if (${at.cond.text})`, body: at.then });
      const [next] = at.else;
      if (at.else.length === 1 && next?.kind === 'if') at = next;
      else {
        if (at.else.length > 0) arms.push({ head: '', body: at.else });
        break;
      }
    }
    const short = arms.map(({ head, body }, k) => {
      const [only] = body;
      if (body.length !== 1 || only?.kind !== 'line' || only.text.includes('\n')) return undefined;
      if (/^(const|let) /.test(only.text)) return undefined;
      const text = [k === 0 ? '' : 'else', head, only.text].filter((part) => part !== '').join(' ');
      return text.length + 2 * depth <= width ? text : undefined;
    });
    if (arms.length <= 2 && short.every((text) => text !== undefined)) {
      short.forEach((text) => write(depth, text));
      return;
    }
    arms.forEach(({ head, body }, k) => {
      write(depth, [k === 0 ? '' : '} else', head, '{'].filter((part) => part !== '').join(' '));
      block(body, depth + 1);
    });
    write(depth, '}');
  };
  block(outs, indent);
  return lines.join('\n');
}
