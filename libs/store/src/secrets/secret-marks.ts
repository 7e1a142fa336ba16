import { createHmac, timingSafeEqual } from 'node:crypto';
import { SECRET_MARK } from '@tutti/contracts';
import type { DataSource } from 'typeorm';

/** A secret (`NAME`) or a part of one (`NAME~FIELD`) in the data of a run. */
export interface MarkedSecret {
  workspaceId: string;
  /** The run that made the mark. */
  runId: string;
  reference: string;
}

/**
 * Makes and knows the marks that stand for secrets in the data of runs. The key is this hub's own and lies in
 * the database: whoever can read that needs no marks.
 */
export class SecretMarks {
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
  }

  static async load(database: Pick<DataSource, 'query'>): Promise<SecretMarks> {
    const [row] = (await database.query(`SELECT key FROM hub_keys WHERE purpose = 'secret-marks'`)) as {
      key: string;
    }[];
    if (row === undefined) throw new Error('The key of secret marks is not in the database (hub_keys).');
    return new SecretMarks(row.key);
  }

  /** 32 hex digits that only this hub can make. */
  readonly macOf = ({ workspaceId, runId, reference }: MarkedSecret): string => {
    const text = JSON.stringify([workspaceId, runId, reference]);
    return createHmac('sha256', this.#key).update(text).digest('hex').slice(0, 32);
  };

  /** The references whose marks a text holds; what only looks like a mark is none. */
  referencesIn(text: string, of: Omit<MarkedSecret, 'reference'>): string[] {
    const found = [...text.matchAll(SECRET_MARK)].filter(([, reference, mac]) =>
      this.#isOf(of, reference, mac),
    );
    return [...new Set(found.map(([, reference]) => reference as string))];
  }

  /** The text with its marks replaced; what only looks like a mark stays. */
  replace(
    text: string,
    of: Omit<MarkedSecret, 'reference'>,
    valueOf: (reference: string, at: number) => string,
  ): string {
    return text.replace(SECRET_MARK, (whole: string, reference: string, mac: string, at: number) =>
      this.#isOf(of, reference, mac) ? valueOf(reference, at) : whole,
    );
  }

  #isOf(of: Omit<MarkedSecret, 'reference'>, reference = '', mac = ''): boolean {
    return timingSafeEqual(Buffer.from(this.macOf({ ...of, reference })), Buffer.from(mac));
  }
}
