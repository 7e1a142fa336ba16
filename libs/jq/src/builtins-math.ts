import { raise } from './errors.js';
import { nameValue } from './json-write.js';
import {
  erf,
  frexp,
  fusedMultiplyAdd,
  gammaLog,
  gammaTrue,
  logb,
  nextAfter,
  remainder,
  roundEven,
  significand,
} from './math.js';
import type { ValueFunction } from './value-function.js';

type Unary = (value: number) => number;
type Binary = (left: number, right: number) => number;

function required(value: unknown): number {
  return typeof value === 'number' ? value : raise(`${nameValue(value)} number required`);
}

/** Half away from zero, as C does; the host rounds halves up. */
function round(value: number): number {
  const size = Math.abs(value);
  const whole = Math.floor(size);
  return Math.sign(value) * (size - whole >= 0.5 ? whole + 1 : whole);
}

/** Exact for powers of two, where the host's logarithm may be off by a bit. */
function log2(value: number): number {
  const { fraction, exponent } = frexp(value);
  return fraction === 0.5 ? exponent - 1 : Math.log2(value);
}

/** The host's power of ten may be off by a bit where the decimal literal is exact. */
function exp10(value: number): number {
  return Number.isInteger(value) && Math.abs(value) < 400 ? Number(`1e${value}`) : 10 ** value;
}

function scale(value: number, exponent: number): number {
  // Two steps, because 2 ** exponent alone may overflow or underflow where the product does not.
  const half = Math.trunc(Math.max(-2200, Math.min(2200, exponent)) / 2);
  const rest = Math.trunc(Math.max(-2200, Math.min(2200, exponent))) - half;
  return value * 2 ** half * 2 ** rest;
}

/** C's pow answers 1 for a base of 1 and for -1 to infinity, where the host answers nan. */
function pow(base: number, exponent: number): number {
  return base === 1 || (base === -1 && Math.abs(exponent) === Infinity) ? 1 : base ** exponent;
}

function isNormal(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && Math.abs(value) >= 2.2250738585072014e-308;
}

const UNARY: Readonly<Record<string, Unary>> = {
  acos: Math.acos,
  acosh: Math.acosh,
  asin: Math.asin,
  asinh: Math.asinh,
  atan: Math.atan,
  atanh: Math.atanh,
  cbrt: Math.cbrt,
  ceil: Math.ceil,
  cos: Math.cos,
  cosh: Math.cosh,
  exp: Math.exp,
  exp2: (value) => 2 ** value,
  exp10,
  pow10: exp10,
  expm1: Math.expm1,
  fabs: Math.abs,
  floor: Math.floor,
  log: Math.log,
  log10: Math.log10,
  log1p: Math.log1p,
  log2,
  sin: Math.sin,
  sinh: Math.sinh,
  sqrt: Math.sqrt,
  tan: Math.tan,
  tanh: Math.tanh,
  trunc: Math.trunc,
  round,
  rint: roundEven,
  nearbyint: roundEven,
  significand,
  logb,
  erf,
  erfc: (value) => 1 - erf(value),
  gamma: (value) => gammaLog(value).log,
  lgamma: (value) => gammaLog(value).log,
  tgamma: gammaTrue,
};

const BINARY: Readonly<Record<string, Binary>> = {
  atan2: Math.atan2,
  pow,
  hypot: Math.hypot,
  fmod: (left, right) => left % right,
  ldexp: scale,
  scalb: scale,
  scalbln: scale,
  fmin: (left, right) => (left !== left ? right : right !== right ? left : Math.min(left, right)),
  fmax: (left, right) => (left !== left ? right : right !== right ? left : Math.max(left, right)),
  fdim: (left, right) => (left !== left || right !== right ? NaN : left > right ? left - right : 0),
  copysign: (left, right) => (right < 0 || Object.is(right, -0) ? -Math.abs(left) : Math.abs(left)),
  drem: remainder,
  remainder,
  nextafter: nextAfter,
  nexttoward: nextAfter,
};

/** Bessel functions: jq itself may be built without them, and then says so in these words. */
const MISSING = ['j0/0', 'j1/0', 'y0/0', 'y1/0', 'jn/2', 'yn/2'];

/** Functions of numbers. */
export const MATH_FUNCTIONS: readonly (readonly [string, ValueFunction])[] = [
  ...Object.entries(UNARY).map(([name, apply]): [string, ValueFunction] => [
    `${name}/0`,
    (input) => apply(required(input)),
  ]),
  ...Object.entries(BINARY).map(([name, apply]): [string, ValueFunction] => [
    `${name}/2`,
    (_input, [left, right]) => apply(required(left), required(right)),
  ]),
  ...MISSING.map((name): [string, ValueFunction] => [
    name,
    () => raise(`Error: ${name} not found at build time`),
  ]),
  [
    'fma/3',
    (_input, [left, right, addend]) => fusedMultiplyAdd(required(left), required(right), required(addend)),
  ],
  [
    'frexp/0',
    (input) => {
      const { fraction, exponent } = frexp(required(input));
      return [fraction, exponent];
    },
  ],
  [
    'modf/0',
    (input) => {
      const value = required(input);
      const whole = Math.trunc(value);
      return [Math.abs(value) === Infinity ? (value > 0 ? 0 : -0) : value - whole, whole];
    },
  ],
  [
    'lgamma_r/0',
    (input) => {
      const { log, sign } = gammaLog(required(input));
      return [log, sign];
    },
  ],
  ['infinite/0', () => Infinity],
  ['nan/0', () => NaN],
  ['isinfinite/0', (input) => input === Infinity || input === -Infinity],
  ['isnan/0', (input) => typeof input === 'number' && input !== input],
  ['isnormal/0', isNormal],
];
