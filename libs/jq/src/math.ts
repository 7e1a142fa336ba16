/** The parts of C's mathematics library that JavaScript leaves out. */

/**
 * A number as fraction times 2 to the exponent, the fraction in [0.5, 1); zero and non-finite ones are
 * themselves.
 */
export function frexp(value: number): { readonly fraction: number; readonly exponent: number } {
  if (value === 0 || !Number.isFinite(value)) {
    return { fraction: value, exponent: 0 };
  }
  const size = Math.abs(value);
  let exponent = Math.max(-1073, Math.floor(Math.log2(size)) + 1);
  let fraction = exponent < -1000 ? size * 2 ** 1000 * 2 ** (-exponent - 1000) : size * 2 ** -exponent;
  while (fraction < 0.5) {
    fraction *= 2;
    exponent -= 1;
  }
  while (fraction >= 1) {
    fraction /= 2;
    exponent += 1;
  }
  return { fraction: Math.sign(value) * fraction, exponent };
}

/** The exponent of a number in base two, as a number; minus infinity for zero. */
export function logb(value: number): number {
  if (value === 0) {
    return -Infinity;
  }
  return Number.isFinite(value) ? frexp(value).exponent - 1 : Math.abs(value);
}

/** The fraction scaled to [1, 2). */
export function significand(value: number): number {
  return value === 0 || !Number.isFinite(value) ? value : frexp(value).fraction * 2;
}

/** Nearest integer, halves to the even one. */
export function roundEven(value: number): number {
  if (!Number.isFinite(value) || Math.abs(value) >= 2 ** 52) {
    return value;
  }
  const size = Math.abs(value);
  const whole = Math.floor(size);
  const rest = size - whole;
  const up = rest > 0.5 || (rest === 0.5 && whole % 2 === 1);
  return (Object.is(value, -0) || value < 0 ? -1 : 1) * (up ? whole + 1 : whole);
}

/** What is left after the nearest whole multiple. */
export function remainder(left: number, right: number): number {
  if (!Number.isFinite(left) || right === 0 || left !== left || right !== right) {
    return NaN;
  }
  if (!Number.isFinite(right)) {
    return left;
  }
  const size = Math.abs(right);
  let rest = Math.abs(left) % size;
  const isOdd = Math.abs(left) % (size * 2) >= size;
  if (rest > size / 2 || (rest === size / 2 && isOdd)) {
    rest -= size;
  }
  return left < 0 || Object.is(left, -0) ? -rest : rest;
}

/** The next number that a double can hold in the direction of another. */
export function nextAfter(from: number, towards: number): number {
  if (from !== from || towards !== towards) {
    return NaN;
  }
  if (from === towards) {
    return towards;
  }
  if (from === 0) {
    return towards > 0 ? Number.MIN_VALUE : -Number.MIN_VALUE;
  }
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, from);
  const isGrowing = towards > from === from > 0;
  view.setBigInt64(0, view.getBigInt64(0) + (isGrowing ? 1n : -1n));
  return view.getFloat64(0);
}

/** left * right + addend with one rounding, by splitting the product into an exact pair. */
export function fusedMultiplyAdd(left: number, right: number, addend: number): number {
  const product = left * right;
  if (
    !Number.isFinite(product) ||
    !Number.isFinite(addend) ||
    Math.abs(left) > 2 ** 500 ||
    Math.abs(right) > 2 ** 500
  ) {
    return product + addend;
  }
  const [a, b] = splitDouble(left);
  const [c, d] = splitDouble(right);
  const productError = a * c - product + a * d + b * c + b * d;
  const sum = product + addend;
  const virtual = sum - product;
  const sumError = product - (sum - virtual) + (addend - virtual);
  return sum + (productError + sumError);
}

function splitDouble(value: number): [number, number] {
  const scaled = value * 134_217_729;
  const high = scaled - (scaled - value);
  return [high, value - high];
}

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** Logarithm of the absolute gamma function, with its sign (Lanczos, g = 7). */
export function gammaLog(value: number): { readonly log: number; readonly sign: number } {
  if (value !== value) {
    return { log: NaN, sign: 1 };
  }
  if (Math.abs(value) === Infinity || (value <= 0 && Number.isInteger(value))) {
    return { log: Infinity, sign: Object.is(value, -0) ? -1 : 1 };
  }
  if (value < 0.5) {
    const sine = Math.sin(Math.PI * value);
    const other = gammaLog(1 - value);
    return { log: Math.log(Math.PI / Math.abs(sine)) - other.log, sign: sine < 0 ? -1 : 1 };
  }
  if (value === 1 || value === 2) {
    return { log: 0, sign: 1 };
  }
  const x = value - 1;
  const t = x + 7.5;
  const sum = LANCZOS.reduce(
    (total, coefficient, at) => (at === 0 ? coefficient : total + coefficient / (x + at)),
    0,
  );
  return { log: 0.5 * Math.log(2 * Math.PI) + (x + 0.5) * Math.log(t) - t + Math.log(sum), sign: 1 };
}

/** The gamma function; exact for the factorials a double holds. */
export function gammaTrue(value: number): number {
  if (value === -Infinity || (value < 0 && Number.isInteger(value))) {
    return NaN;
  }
  if (value === 0) {
    return 1 / value;
  }
  if (Number.isInteger(value) && value > 0 && value <= 171) {
    let product = 1;
    for (let factor = 2; factor < value; factor += 1) {
      product *= factor;
    }
    return product;
  }
  const { log, sign } = gammaLog(value);
  return sign * Math.exp(log);
}

/** The error function: a series near zero, a continued fraction further out. */
export function erf(value: number): number {
  const size = Math.abs(value);
  if (value !== value || size > 6) {
    return value !== value ? NaN : Math.sign(value);
  }
  if (size < 2.5) {
    let term = value;
    let sum = value;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n += 1) {
      term *= -(value * value) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n -= 1) {
    fraction = n / 2 / (size + fraction);
  }
  return Math.sign(value) * (1 - Math.exp(-size * size) / (Math.sqrt(Math.PI) * (size + fraction)));
}
