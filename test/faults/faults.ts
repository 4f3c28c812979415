/**
 * Faults for the tests to find: each is a slip that a person might make in one place of the compiler. `faults.test.ts`
 * holds the texts to the sources of today, `npm run faults` shows that every one of them is caught.
 */

export interface Fault {
  /** What the compiler with this fault gets wrong. */
  readonly name: string;
  /** Under src/. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
}

export const faults: readonly Fault[] = [
  // ---- rules
  {
    name: 'atan2: an operand of the numerator is swapped',
    file: 'rules/scalar.ts',
    from: 'div(at, mul(at, g, at.x(1)), add(',
    to: 'div(at, mul(at, g, at.x(0)), add(',
  },
  {
    name: 'cos: the sign is missing',
    file: 'rules/scalar.ts',
    from: "cos: d((at, g) => neg(at, mul(at, at.b.op('sin', [at.x(0)]), g))),",
    to: "cos: d((at, g) => mul(at, at.b.op('sin', [at.x(0)]), g)),",
  },
  {
    name: 'quotient: the sign of the second partial is missing',
    file: 'rules/scalar.ts',
    from: '(at, g) => neg(at, mul(at, div(at, g, at.x(1)), at.y())), //',
    to: '(at, g) => mul(at, div(at, g, at.x(1)), at.y()), //',
  },
  {
    name: 'quotient: both tangents are added where one is subtracted',
    file: 'rules/scalar.ts',
    from: 'div(at, sub(at, g, mul(at, at.y(), h)), at.x(1))',
    to: 'div(at, add(at, g, mul(at, at.y(), h)), at.x(1))',
  },
  {
    name: 'expm1: the 1 is dropped',
    file: 'rules/scalar.ts',
    from: 'expm1: d((at, g) => mul(at, add(at, at.y(), one), g)),',
    to: 'expm1: d((at, g) => mul(at, at.y(), g)),',
  },
  {
    name: 'tanh: 1 + y² for 1 − y²',
    file: 'rules/scalar.ts',
    from: 'tanh: d((at, g) => mul(at, sub(',
    to: 'tanh: d((at, g) => mul(at, add(',
  },
  {
    name: 'power: the partial in the exponent lacks its factor y',
    file: 'rules/scalar.ts',
    from: "return mul(at, mul(at, at.y(), at.b.op('log', [safe])), g);",
    to: "return mul(at, at.b.op('log', [safe]), g);",
  },
  {
    name: 'remainder: the quotient is rounded down, not towards zero',
    file: 'rules/scalar.ts',
    from: "at.b.op('trunc', [div(",
    to: "at.b.op('floor', [div(",
  },
  {
    name: 'a tie of max goes to the second argument',
    file: 'rules/scalar.ts',
    from: "max: extremum('ge')",
    to: "max: extremum('gt' as 'ge')",
  },
  {
    name: 'hypot: no special case at the origin',
    file: 'rules/scalar.ts',
    from: "return mul(at, at.b.op('select', [at.b.op('eq', [at.y(), zero]), zero, slope]), g);",
    to: 'return mul(at, slope, g);',
  },
  {
    name: 'fround: taken for piecewise constant',
    file: 'rules/scalar.ts',
    from: 'fround: d(same),',
    to: "fround: flat('piecewise constant'),",
  },
  {
    name: 'a choice hands its cotangent to the value that was not chosen',
    file: 'rules/scalar.ts',
    from: "(at, g) => at.b.op('select', [at.x(0), g, zero]),\n    (at, g) => at.b.op('select', [at.x(0), zero, g]),",
    to: "(at, g) => at.b.op('select', [at.x(0), zero, g]),\n    (at, g) => at.b.op('select', [at.x(0), g, zero]),",
  },

  // ---- what takes part
  {
    name: 'activity: what a loop carries round is missed',
    file: 'ad/activity.ts',
    from: '        number(next, param);\n',
    to: '',
  },
  {
    name: 'activity: numbers that are copied with their array are missed',
    file: 'ad/activity.ts',
    from: 'varied.keeps(from, key) && varied.keep(to, key),',
    to: 'varied.keeps(from, key) && varied.keeps(to, key),',
  },
  {
    name: 'aliases: an object chosen in the second arm is overlooked',
    file: 'ad/alias.ts',
    from: 'for (const arm of [stmt.then, stmt.else]) meet(result, arm.yields[k] ?? result);',
    to: 'for (const arm of [stmt.then]) meet(result, arm.yields[k] ?? result);',
  },
  {
    name: 'passive by use: a number that is stored is taken for an index',
    file: 'ad/passive.ts',
    from: "return position === 1 && stmt.key.kind !== 'field' ? [] : 'real';",
    to: 'return [];',
  },
  {
    name: 'a parameter that is written is not copied',
    file: 'ad/protect.ts',
    from: 'if (copied.length === 0) return { fn, copied };',
    to: 'if (copied.length >= 0) return { fn, copied };',
  },
  {
    name: 'the result shares memory with an input',
    file: 'ad/unshare.ts',
    from: 'if (cleaned === result) return fn;',
    to: 'if (cleaned !== undefined) return fn;',
  },

  // ---- forward mode
  {
    name: 'jvp: the tangent of the first field of a new record is missing',
    file: 'ad/jvp.ts',
    from: "return type.kind === 'num' && !isNumber(typeOf(part)) ? zero : of(part);",
    to: "return type.kind === 'num' && name === shadow.fields[0]?.name ? zero : of(part);",
  },
  {
    name: 'jvp: what is added to an element replaces its tangent',
    file: 'ad/jvp.ts',
    from: 'this.numberTangent(stmt.value), stmt.add);',
    to: 'this.numberTangent(stmt.value), false);',
  },
  {
    name: 'jvp: an element pushed has no tangent',
    file: 'ad/jvp.ts',
    from: 'value: isReference(typeOf(stmt.value)) ? this.shadow(stmt.value) : this.numberTangent(stmt.value),',
    to: 'value: isReference(typeOf(stmt.value)) ? this.shadow(stmt.value) : zero,',
  },

  // ---- reverse mode: statements
  {
    name: 'vjp: statements are reversed in program order',
    file: 'ad/sweep.ts',
    from: 'for (let k = block.stmts.length - 1; k >= 0; k--) {',
    to: 'for (let k = 0; k < block.stmts.length; k++) {',
  },
  {
    name: 'vjp: the second contribution to a cotangent replaces the first',
    file: 'ad/reverse.ts',
    from: 'if (sum === undefined) this.cotangents.set(to, g);',
    to: 'if (sum !== g) this.cotangents.set(to, g);',
  },
  {
    name: 'vjp: the cotangent of an overwritten element is not cleared',
    file: 'ad/sweep.ts',
    from: 'if (clear) b.store(shadow, key,',
    to: 'if (clear && stmt.add) b.store(shadow, key,',
  },
  {
    name: 'vjp: elements written in two loops count as written once',
    file: 'ad/writes.ts',
    from: 'return stores.length === 1 && key !== undefined',
    to: 'return key !== undefined',
  },
  {
    name: 'vjp: elements copied from the middle hand their cotangents to the start',
    file: 'ad/sweep.ts',
    from: "const place = isConst(from, 0) ? i : inner.op('add', [from, i]);",
    to: 'const place = i;',
  },
  {
    name: 'vjp: the cotangent of a popped element is lost',
    file: 'ad/sweep.ts',
    from: 'const g = at.take(stmt.target) ?? emptySum;\n        b.push(',
    to: 'const g = emptySum;\n        b.push(',
  },
  {
    name: 'vjp: the seed that was passed is added into',
    file: 'ad/sweep.ts',
    from: 'const readOnly = !overwritten(result, this.aliases, this.scopes, this.activity).changes;',
    to: 'const readOnly = true;',
  },
  {
    name: 'vjp: a read past the end lengthens the cotangent',
    file: 'ad/writes.ts',
    from: 'loads.some((load) => !inside(load, scopes));',
    to: 'loads.some((load) => inside(load, scopes) && !inside(load, scopes));',
  },

  // ---- reverse mode: control flow
  {
    name: 'vjp: what only the second arm uses is dropped where branches join',
    file: 'ad/reverse.ts',
    from: 'new Set([...then.outward, ...otherwise.outward])',
    to: 'new Set(then.outward)',
  },
  {
    name: 'vjp: an arm that adds nothing forgets the sum so far',
    file: 'ad/reverse.ts',
    from: 'const base = this.lookup(of) ?? emptySum;',
    to: 'const base = emptySum;',
  },
  {
    name: 'vjp: a loop in reverse leaves out its last iteration',
    file: 'ad/loops.ts',
    from: "else last = plus(b, whole ? to : rounded(b, 'ceil', to), -1);",
    to: "else last = plus(b, whole ? to : rounded(b, 'ceil', to), -2);",
  },
  {
    name: 'vjp: a loop downwards in reverse starts one too far',
    file: 'ad/loops.ts',
    from: "else last = plus(b, whole ? to : rounded(b, 'floor', to), 1);",
    to: "else last = plus(b, whole ? to : rounded(b, 'floor', to), 0);",
  },
  {
    name: 'vjp: a stepped loop with an inclusive bound in reverse leaves out an iteration',
    file: 'ad/loops.ts',
    from: "count = inclusive ? plus(b, rounded(b, 'floor', steps), 1) :",
    to: "count = inclusive ? rounded(b, 'floor', steps) :",
  },
  {
    name: 'vjp: a while loop in reverse leaves out an iteration',
    file: 'ad/sweep.ts',
    from: "const last = at.b.op('sub', [trips, constant(1)]);",
    to: "const last = at.b.op('sub', [trips, constant(2)]);",
  },
  {
    name: 'vjp: the reverse of an exit takes the arm that goes on',
    file: 'ad/sweep.ts',
    from: "const [out, on] = leaves === 'then' ? [stmt.then, stmt.else] : [stmt.else, stmt.then];",
    to: 'const [out, on] = [stmt.then, stmt.else];',
  },
  {
    name: 'vjp: an element is read again after it was overwritten',
    file: 'ad/scopes.ts',
    from: 'if (w.from > r.from && !apart && !this.inDifferentArms(writer.stmt, read)) return true;',
    to: 'if (w.from > r.from && !apart && this.inDifferentArms(writer.stmt, read)) return true;',
  },
  {
    name: 'vjp: in a loop downwards, an element is read again after a later iteration wrote it',
    file: 'ad/scopes.ts',
    from: 'return (w.offset - r.offset) * Math.sign(loop.step) >= 0;',
    to: 'return w.offset - r.offset >= 0;',
  },
  {
    name: 'vjp: strides of saved values are those of another loop',
    file: 'ad/saves.ts',
    from: 'times(b, place, sizes[k] ?? one)',
    to: 'times(b, place, sizes[k - 1] ?? one)',
  },
  {
    name: 'in place: the sign of a difference is lost',
    file: 'ad/in-place.ts',
    from: "return [sum.step.op === 'sub' ? b.op('neg', [seed]) : seed];",
    to: 'return [seed];',
  },
  {
    name: 'in place: what is active comes last, whatever it looks at',
    file: 'ad/in-place.ts',
    from: 'changes.some((object) => read.has(object)) ||',
    to: 'changes.length < 0 ||',
  },
  {
    name: 'transpose: a sum hands on to its first part only',
    file: 'ad/transpose.ts',
    from: "case 'sum':\n        this.add(x, g);\n        this.add(y, g);",
    to: "case 'sum':\n        this.add(x, g);",
  },
  {
    name: 'fusion: a loop looks at what is not there yet',
    file: 'optimise/fuse-loops.ts',
    from: 'written !== undefined && read !== undefined && read <= written',
    to: 'written !== undefined && read !== undefined',
  },
  {
    name: 'restoring: what a store overwrote is not put back',
    file: 'ad/sweep.ts',
    from: 'if (old) b.store(at.need(stmt.object), key, at.need(old));',
    to: 'if (old) at.need(old);',
  },
  {
    name: 'restoring: a load is read again after a store in its block',
    file: 'ad/scopes.ts',
    from: 'return s.from < r.from || !isInside(this.scopeOf(store), this.scopeOf(read));',
    to: 'return s.from >= 0 || !isInside(this.scopeOf(store), this.scopeOf(read));',
  },
  {
    name: 'sinking: only what is steep itself moves into an arm',
    file: 'optimise/sink.ts',
    from: "if (stmt.kind === 'let' && (isSteep(stmt) || stmt.args.some((arg) => steep.has(arg)))) steep",
    to: "if (stmt.kind === 'let' && isSteep(stmt)) steep",
  },
  {
    name: 'in place: a loop that writes what is there before it is reversed at once',
    file: 'ad/in-place.ts',
    from: 'return object === undefined || this.metIn.get(this.aliases.of(object)) === at;',
    to: 'return object === undefined || at >= 0;',
  },

  // ---- calls
  {
    name: 'calls: an activation saves before those that it calls, and finds what is theirs',
    file: 'ad/saves.ts',
    from: 'if (this.shared && !this.isStored(stmts)) this.edits.end(scope.block, stmts);',
    to: 'if (this.shared && !this.isStored(stmts)) this.edits.start(scope.block, []);',
  },
  {
    name: 'calls: every number that is passed gets the cotangent of the first',
    file: 'ad/sweep.ts',
    from: "at.b.load(target, field(names[k] ?? ''), this.barName(arg)));",
    to: "at.b.load(target, field(names[0] ?? ''), this.barName(arg)));",
  },

  // ---- optimiser
  {
    name: 'dead stores: what the same iteration reads later is dropped',
    file: 'optimise/dead-stores.ts',
    from: 'if (later === 0) return read.at <= (this.place.get(store) ?? -1);',
    to: 'if (later === 0) return true;',
  },
  {
    name: 'dead code: what is pushed on a list that is looked at later is dropped',
    file: 'optimise/dead-code.ts',
    from: 'for (const write of this.writes.get(v) ?? []) this.markStmt(write);',
    to: "for (const write of this.writes.get(v) ?? []) if (write.kind !== 'push') this.markStmt(write);",
  },
  {
    name: 'dead code: a call that changes what it is given is dropped',
    file: 'optimise/dead-code.ts',
    from: 'if (stmt.effects) roots.push(stmt);',
    to: 'if (stmt.effects && stmt.target) roots.push(stmt);',
  },
  {
    name: 'common subexpressions: a load is taken for one before a store',
    file: 'optimise/common.ts',
    from: 'this.available.change(this.memory.effects(stmt), this.substitution.atom);',
    to: "if (stmt.kind !== 'store') this.available.change(this.memory.effects(stmt), this.substitution.atom);",
  },
  {
    name: 'common subexpressions: a difference is taken for its opposite',
    file: 'optimise/common.ts',
    from: "  'add',\n  'mul',\n  'eq',",
    to: "  'add',\n  'sub',\n  'mul',\n  'eq',",
  },
  {
    name: 'hoist: a load of what the loop writes moves out of it',
    file: 'optimise/hoist.ts',
    from: 'this.isSafe(stmt) && !this.written(stmt);',
    to: 'this.isSafe(stmt);',
  },
  {
    name: 'hoist: an inner loop moves out of one that may not run, and is taken to run',
    file: 'optimise/hoist.ts',
    from: "if (key.kind === 'field' || this.runs || this.memory.inBounds(object, key)) return true;",
    to: 'if (key !== object) return true;',
  },
  {
    name: 'forwarding: what a Float32Array rounds is read unrounded',
    file: 'optimise/stored.ts',
    from: "(type.storage === 'f64' || this.isRounded(type.storage, stored));",
    to: "(type.storage !== 'u8' || this.isRounded(type.storage, stored));",
  },
  {
    name: 'scalars: the elements of a small Float32Array are not rounded',
    file: 'optimise/scalar-replacement.ts',
    from: "if (type.kind !== 'array' || type.storage !== 'f32') return atom;",
    to: "if (type.kind !== 'array' || type.storage !== 'u8') return atom;",
  },
  {
    name: 'scalars: a loop that swaps what it carries reads what it has just written',
    file: 'optimise/split.ts',
    from: 'if (k >= first) this.copy(stmts, gone[k - first], atom, origin, writes);',
    to: 'if (k >= first) this.copy(stmts, gone[k - first], atom, origin);',
  },
  {
    name: 'zero fill: a loop that does not start at 0 fills all of an array',
    file: 'optimise/zero-fill.ts',
    from: 'return low.base === undefined && start === 0 &&',
    to: 'return low.base === undefined &&',
  },
  {
    name: 'overwritten stores: a store is dropped although only one arm stores again',
    file: 'optimise/overwritten-stores.ts',
    from: '...then.filter((place) => otherwise.some((twin) => samePlace(place, twin)))',
    to: '...then',
  },
  {
    name: 'identities: x + 0 is x, also for −0',
    file: 'optimise/identities.ts',
    from: 'if (isConst(b, -0)) return itself(cx, a);',
    to: 'if (isConst(b, -0) || isConst(b, 0)) return itself(cx, a);',
  },
  {
    name: 'identities: the complement of < is ≥, also for NaN',
    file: 'optimise/identities.ts',
    from: 'return cx.whole.range(x) && cx.whole.range(y) ?',
    to: 'return x !== y ?',
  },

  // ---- emitted text
  {
    name: 'emit: a − (b − c) is written without its parentheses',
    file: 'emit/expressions.ts',
    from: '${at(right, level + 1)}`, level, binary:',
    to: '${at(right, level)}`, level, binary:',
  },
  {
    name: 'emit: a read is folded behind the store that changes it',
    file: 'emit/effects.ts',
    from: 'return !access.length && this.#mayBeSame(stmt.object, access) && keysMeet(stmt, access);',
    to: 'return access.length && keysMeet(stmt, access);',
  },
  {
    name: 'emit: what is assigned at once is assigned one after the other',
    file: 'emit/ssa-out.ts',
    from: 'waiting.every((other, j) => j === k || !other.reads.has(target))',
    to: 'waiting.every((other, j) => j <= k || !other.reads.has(target))',
  },
  {
    name: 'emit: a typed array of `out` keeps the sums of an earlier call',
    file: 'emit/out.ts',
    from: 'outs.push(needless ? line(`if (${this.#input.name}) ${name}.fill(0);`) : line(`${name}.fill(${content});`));',
    to: 'outs.push(...(needless ? [] : [line(`${name}.fill(${content});`)]));',
  },

  // ---- frontend
  {
    name: 'a switch that falls through runs only the clause it starts at',
    file: 'frontend/switch.ts',
    from: "return cx.op('le', cx.readCell(first), constant(k));",
    to: "return cx.op('eq', cx.readCell(first), constant(k));",
  },
  {
    name: 'a default is taken for what it was when it was undefined, without its derivative',
    file: 'frontend/destructuring.ts',
    from: '    () => cx.val(initializer, expected),\n    initializer,',
    to: '    () => constant(0),\n    initializer,',
  },
  {
    name: '`x -= y` computes y − x',
    file: 'frontend/assignment.ts',
    from: 'const after = cx.op(op, a, b);',
    to: "const after = op === 'sub' ? cx.op(op, b, a) : cx.op(op, a, b);",
  },
  {
    name: '`i++` gives the new value',
    file: 'frontend/assignment.ts',
    from: "return give === 'old' ? before : after;",
    to: "return give === 'old' ? after : after;",
  },

  // ---- the chain
  {
    name: 'chain: the weights of ∇φF go by the index of the stage',
    file: 'chain/template.ts',
    from: "const weight = ${called(beta, ['phi'], 'i + 1')};\n    value +=",
    to: "const weight = ${called(beta, ['phi'], 'i')};\n    value +=",
  },
  {
    name: 'chain: the λ recursion forgets the stages after it',
    file: 'chain/template.ts',
    from: "(x, theta${index(h, 'i')}, total).cotangents.${hx};",
    to: "(x, theta${index(h, 'i')}, slope).cotangents.${hx};",
  },
  {
    name: 'chain: the sweep of ξ starts each stage from zero',
    file: 'chain/template.ts',
    from: 'xi = stage.tangent;',
    to: 'xi = sum(zerosLike(xi), zerosLike(stage.tangent));',
  },
];
