/** What the language table has rows for: a name, and how the construct is found in a program. */
import ts from 'typescript';

export interface Construct {
  readonly name: string;
  readonly is: (node: ts.Node) => boolean;
}

const kind = (name: string, ...kinds: readonly ts.SyntaxKind[]): Construct => ({
  name,
  is: (node) => kinds.includes(node.kind),
});

const binary = (name: string, ...tokens: readonly ts.SyntaxKind[]): Construct => ({
  name,
  is: (node) => ts.isBinaryExpression(node) && tokens.includes(node.operatorToken.kind),
});

const unary = (name: string, ...tokens: readonly ts.SyntaxKind[]): Construct => ({
  name,
  is: (node) =>
    (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) && tokens.includes(node.operator),
});

/** A call `object.name(…)`; with `of`, only of that object. */
function isCallOf(node: ts.Node, name: string, of?: string): boolean {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const { expression, name: called } = node.expression;
  const object = ts.isIdentifier(expression) ? expression.text : undefined;
  if (called.text !== name) return false;
  return of === undefined ? !statics.has(object ?? '') : object === of;
}

const statics: ReadonlySet<string> = new Set(['Math', 'Array', 'Number', 'Object', 'Float64Array', 'Float32Array']);

const method = (name: string): Construct => ({ name: `.${name}()`, is: (node) => isCallOf(node, name) });

const globalCall = (of: string, name: string): Construct => ({
  name: `${of}.${name}()`,
  is: (node) => isCallOf(node, name, of),
});

const member = (of: string, name: string): Construct => ({
  name: `${of}.${name}`,
  is: (node) =>
    ts.isPropertyAccessExpression(node) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === of &&
    node.name.text === name,
});

const type = (name: string): Construct => ({
  name,
  is: (node) => ts.isTypeReferenceNode(node) && node.typeName.getText() === name,
});

const declaration = (word: string): Construct => ({
  name: word,
  is: (node) => ts.isVariableDeclarationList(node) && node.getText().startsWith(`${word} `),
});

const hasModifier = (node: ts.Node, wanted: ts.SyntaxKind): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((each) => each.kind === wanted);

const isElement = (node: ts.Node, test: (element: ts.BindingElement) => boolean): boolean =>
  ts.isBindingElement(node) && test(node);

const isNew = (node: ts.Node, name: string): boolean => ts.isNewExpression(node) && node.expression.getText() === name;

const isLiteralUnion = (node: ts.Node): boolean =>
  ts.isUnionTypeNode(node) &&
  node.types.every((each) => ts.isLiteralTypeNode(each) && ts.isStringLiteral(each.literal));

const { SyntaxKind } = ts;

const mathFunctions =
  'abs acos acosh asin asinh atan atan2 atanh cbrt ceil clz32 cos cosh exp expm1 floor fround hypot imul log log10 log1p log2 max min pow round sign sin sinh sqrt tan tanh trunc';
const mathConstants = 'E LN10 LN2 LOG10E LOG2E PI SQRT1_2 SQRT2';
const methods =
  'at concat copyWithin entries every fill filter find findIndex findLast findLastIndex flat flatMap forEach includes indexOf join keys lastIndexOf map pop push reduce reduceRight reverse set shift slice some sort splice subarray toReversed toSorted toSpliced unshift values with';

/** Titles of the tables, and their rows. */
export const constructs: Readonly<Record<string, readonly Construct[]>> = {
  Types: [
    kind('number', SyntaxKind.NumberKeyword),
    kind('boolean', SyntaxKind.BooleanKeyword),
    { name: 'union of string literals', is: isLiteralUnion },
    kind('enum', SyntaxKind.EnumDeclaration),
    kind('number[]', SyntaxKind.ArrayType),
    { name: 'array of arrays', is: (node) => ts.isArrayTypeNode(node) && ts.isArrayTypeNode(node.elementType) },
    {
      name: 'array of typed arrays',
      is: (node) => ts.isArrayTypeNode(node) && /^Float(?:32|64)Array$/.test(node.elementType.getText()),
    },
    {
      name: 'readonly array or tuple',
      is: (node) => ts.isTypeOperatorNode(node) && node.operator === SyntaxKind.ReadonlyKeyword,
    },
    type('Float64Array'),
    type('Float32Array'),
    kind('tuple', SyntaxKind.TupleType),
    kind('labelled tuple', SyntaxKind.NamedTupleMember),
    kind('interface', SyntaxKind.InterfaceDeclaration),
    kind('alias', SyntaxKind.TypeAliasDeclaration),
    { name: 'optional field', is: (node) => ts.isPropertySignature(node) && node.questionToken !== undefined },
    {
      name: 'readonly field',
      is: (node) => ts.isPropertySignature(node) && hasModifier(node, SyntaxKind.ReadonlyKeyword),
    },
    {
      name: 'discriminated union',
      is: (node) =>
        ts.isUnionTypeNode(node) && node.types.length > 1 && node.types.every((each) => ts.isTypeLiteralNode(each)),
    },
    kind('function type', SyntaxKind.FunctionType),
  ],
  Statements: [
    declaration('const'),
    declaration('let'),
    declaration('var'),
    kind('array destructuring', SyntaxKind.ArrayBindingPattern),
    kind('object destructuring', SyntaxKind.ObjectBindingPattern),
    { name: 'default in destructuring', is: (node) => isElement(node, (each) => each.initializer !== undefined) },
    { name: 'rest in destructuring', is: (node) => isElement(node, (each) => each.dotDotDotToken !== undefined) },
    {
      name: 'destructuring assignment',
      is: (node) =>
        ts.isBinaryExpression(node) &&
        node.operatorToken.kind === SyntaxKind.EqualsToken &&
        (ts.isArrayLiteralExpression(node.left) || ts.isObjectLiteralExpression(node.left)),
    },
    kind('if', SyntaxKind.IfStatement),
    { name: 'else', is: (node) => ts.isIfStatement(node) && node.elseStatement !== undefined },
    kind('switch', SyntaxKind.SwitchStatement),
    kind('default in switch', SyntaxKind.DefaultClause),
    kind('for', SyntaxKind.ForStatement),
    kind('for…of', SyntaxKind.ForOfStatement),
    kind('for…in over a record', SyntaxKind.ForInStatement),
    kind('while', SyntaxKind.WhileStatement),
    kind('do…while', SyntaxKind.DoStatement),
    kind('break', SyntaxKind.BreakStatement),
    kind('continue', SyntaxKind.ContinueStatement),
    kind('label', SyntaxKind.LabeledStatement),
    kind('return', SyntaxKind.ReturnStatement),
    kind('throw as a guard', SyntaxKind.ThrowStatement),
  ],
  Operators: [
    binary('+', SyntaxKind.PlusToken),
    binary('-', SyntaxKind.MinusToken),
    binary('*', SyntaxKind.AsteriskToken),
    binary('/', SyntaxKind.SlashToken),
    binary('%', SyntaxKind.PercentToken),
    binary('**', SyntaxKind.AsteriskAsteriskToken),
    unary('- of one operand', SyntaxKind.MinusToken),
    unary('++', SyntaxKind.PlusPlusToken),
    unary('--', SyntaxKind.MinusMinusToken),
    unary('!', SyntaxKind.ExclamationToken),
    binary(
      '<, <=, >, >=',
      SyntaxKind.LessThanToken,
      SyntaxKind.LessThanEqualsToken,
      SyntaxKind.GreaterThanToken,
      SyntaxKind.GreaterThanEqualsToken,
    ),
    binary('===', SyntaxKind.EqualsEqualsEqualsToken),
    binary('!==', SyntaxKind.ExclamationEqualsEqualsToken),
    binary('&&', SyntaxKind.AmpersandAmpersandToken),
    binary('||', SyntaxKind.BarBarToken),
    binary('??', SyntaxKind.QuestionQuestionToken),
    kind('?:', SyntaxKind.ConditionalExpression),
    kind('typeof', SyntaxKind.TypeOfExpression),
    binary('instanceof', SyntaxKind.InstanceOfKeyword),
    binary('comma', SyntaxKind.CommaToken),
    binary('=', SyntaxKind.EqualsToken),
    binary('+=', SyntaxKind.PlusEqualsToken),
    binary('-=', SyntaxKind.MinusEqualsToken),
    binary('*=', SyntaxKind.AsteriskEqualsToken),
    binary('/=', SyntaxKind.SlashEqualsToken),
    binary('%=', SyntaxKind.PercentEqualsToken),
    binary('**=', SyntaxKind.AsteriskAsteriskEqualsToken),
    binary('??=', SyntaxKind.QuestionQuestionEqualsToken),
    binary('&&=', SyntaxKind.AmpersandAmpersandEqualsToken),
    binary('||=', SyntaxKind.BarBarEqualsToken),
    binary('&, |, ^ of passive numbers', SyntaxKind.AmpersandToken, SyntaxKind.BarToken, SyntaxKind.CaretToken),
    binary(
      '<<, >>, >>> of passive numbers',
      SyntaxKind.LessThanLessThanToken,
      SyntaxKind.GreaterThanGreaterThanToken,
      SyntaxKind.GreaterThanGreaterThanGreaterThanToken,
    ),
  ],
  Expressions: [
    kind('array literal', SyntaxKind.ArrayLiteralExpression),
    kind('object literal', SyntaxKind.ObjectLiteralExpression),
    kind('spread in an array or a call', SyntaxKind.SpreadElement),
    kind('spread in an object', SyntaxKind.SpreadAssignment),
    kind('index', SyntaxKind.ElementAccessExpression),
    kind('field', SyntaxKind.PropertyAccessExpression),
    { name: '?.', is: (node) => ts.isPropertyAccessChain(node) && node.questionDotToken !== undefined },
    kind('as', SyntaxKind.AsExpression),
    kind('!', SyntaxKind.NonNullExpression),
    kind('template literal where passive', SyntaxKind.TemplateExpression),
    {
      name: 'new Array(n), new Float64Array(n)',
      is: (node) => ts.isNewExpression(node) && /Array/.test(node.expression.getText()),
    },
    { name: 'new Map()', is: (node) => isNew(node, 'Map') },
    { name: 'new Set()', is: (node) => isNew(node, 'Set') },
  ],
  Functions: [
    kind('function declaration', SyntaxKind.FunctionDeclaration),
    kind('arrow function', SyntaxKind.ArrowFunction),
    kind('function expression', SyntaxKind.FunctionExpression),
    {
      name: 'function in a function',
      is: (node) => ts.isFunctionDeclaration(node) && !ts.isSourceFile(node.parent),
    },
    { name: 'default parameter', is: (node) => ts.isParameter(node) && node.initializer !== undefined },
    { name: 'optional parameter', is: (node) => ts.isParameter(node) && node.questionToken !== undefined },
    { name: 'rest parameter', is: (node) => ts.isParameter(node) && node.dotDotDotToken !== undefined },
    { name: 'generic function', is: (node) => ts.isFunctionLike(node) && (node.typeParameters?.length ?? 0) > 0 },
    { name: 'overloads', is: (node) => ts.isFunctionDeclaration(node) && node.body === undefined },
    {
      name: 'recursion',
      is: (node) =>
        ts.isFunctionDeclaration(node) &&
        node.name !== undefined &&
        within(node).some((each) => ts.isCallExpression(each) && each.expression.getText() === node.name?.text),
    },
  ],
  Classes: [
    kind('class', SyntaxKind.ClassDeclaration),
    kind('constructor', SyntaxKind.Constructor),
    {
      name: 'parameter property',
      is: (node) => ts.isParameter(node) && ts.isParameterPropertyDeclaration(node, node.parent),
    },
    kind('field of a class', SyntaxKind.PropertyDeclaration),
    { name: '#private field', is: (node) => ts.isPropertyDeclaration(node) && ts.isPrivateIdentifier(node.name) },
    kind('method', SyntaxKind.MethodDeclaration),
    kind('getter', SyntaxKind.GetAccessor),
    {
      name: 'static',
      is: (node) => ts.isClassElement(node) && hasModifier(node, SyntaxKind.StaticKeyword),
    },
    kind('extends', SyntaxKind.HeritageClause),
    kind('super', SyntaxKind.SuperKeyword),
  ],
  'Across files': [
    kind('import', SyntaxKind.ImportDeclaration),
    kind('namespace', SyntaxKind.ModuleDeclaration),
    {
      name: 'module-level constant',
      is: (node) =>
        ts.isVariableStatement(node) && ts.isSourceFile(node.parent) && !hasModifier(node, SyntaxKind.ExportKeyword),
    },
  ],
  Math: [
    ...mathFunctions.split(' ').map((name) => globalCall('Math', name)),
    ...mathConstants.split(' ').map((name) => member('Math', name)),
  ],
  'Array methods': [
    ...methods.split(' ').map(method),
    globalCall('Array', 'from'),
    globalCall('Array', 'of'),
    globalCall('Float64Array', 'from'),
    globalCall('Float64Array', 'of'),
  ],
};

export function within(node: ts.Node): readonly ts.Node[] {
  const found: ts.Node[] = [];
  ts.forEachChild(node, (child) => {
    found.push(child, ...within(child));
  });
  return found;
}
