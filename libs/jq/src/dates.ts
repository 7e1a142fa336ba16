/** A date and time in parts, as C's `struct tm` has them, but with the full year. Always in UTC. */
export interface BrokenTime {
  readonly year: number;
  /** 0 for January. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0 for Sunday. */
  readonly weekday: number;
  /** 0 for the first of January. */
  readonly yearDay: number;
}

export const DAY_SECONDS = 86_400;

/**
 * Days since 1970-01-01 of a proleptic Gregorian date; month and day may be out of range (Howard Hinnant's
 * algorithm).
 */
export function daysFromCivil(year: number, month: number, day: number): number {
  const carried = year + Math.floor(month / 12);
  const inYear = ((month % 12) + 12) % 12;
  const shifted = inYear < 2 ? carried - 1 : carried;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (inYear < 2 ? inYear + 10 : inYear - 2) + 2) / 5);
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468 + day - 1;
}

/** Seconds since the epoch of parts that may be out of range, which is how C normalises a date. */
export function toSeconds(
  time: Pick<BrokenTime, 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second'>,
): number {
  const days = daysFromCivil(time.year, time.month, time.day);
  return days * DAY_SECONDS + time.hour * 3_600 + time.minute * 60 + time.second;
}

/** The parts of a whole number of seconds since the epoch. */
export function fromSeconds(seconds: number): BrokenTime {
  const days = Math.floor(seconds / DAY_SECONDS);
  const rest = seconds - days * DAY_SECONDS;
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 2 : marchMonth - 10;
  const year = yearOfEra + era * 400 + (month < 2 ? 1 : 0);
  return {
    year,
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
    hour: Math.floor(rest / 3_600),
    minute: Math.floor((rest % 3_600) / 60),
    second: rest % 60,
    weekday: (((days + 4) % 7) + 7) % 7,
    yearDay: days - daysFromCivil(year, 0, 1),
  };
}

export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

export const WEEKDAYS = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const;
