import type { DocumentExtractOutput } from '@tutti/contracts';
import { near, negate, sum } from './decimal.js';
import type { Reading } from './reading.js';

type Check = DocumentExtractOutput['checks'][number];

/** EN 16931 adds rounded amounts, so equal means equal to the cent. */
const CENT = '0.009';

/** The rules of EN 16931 that relate the amounts (BR-CO-10 to BR-CO-16), the account number and the dates. */
export function checkReading(reading: Reading): Check[] {
  const { invoice, sums } = reading;
  const lineTotals = invoice.lines.map((line) => line.lineTotal);
  const checks = [
    invoice.lines.length > 0 && equal('BR-CO-10 lines add up', sum(...lineTotals), sums.lineTotal),
    equal(
      'BR-CO-13 net total',
      sum(sums.lineTotal, negate(sums.allowances), sums.charges),
      sums.lineTotal && invoice.netTotal,
    ),
    sums.taxes.length > 0 && equal('BR-CO-14 tax total', sum(...sums.taxes), invoice.taxTotal),
    equal(
      'BR-CO-15 grand total',
      sum(invoice.netTotal, invoice.taxTotal),
      invoice.netTotal && invoice.grandTotal,
    ),
    equal(
      'BR-CO-16 amount due',
      sum(invoice.grandTotal, negate(sums.prepaid), sums.rounding),
      invoice.amountDue,
    ),
    invoice.supplier.iban !== null && checkIban(invoice.supplier.iban),
    checkDates(invoice.invoiceDate, invoice.dueDate),
  ];
  return checks.filter((check) => typeof check === 'object' && check !== null);
}

function equal(name: string, computed: string, stated: string | null): Check | null {
  if (stated === null) return null;
  const passed = near(computed, stated, CENT);
  return passed ? { name, passed } : { name, passed, detail: `computed ${computed}, stated ${stated}` };
}

/** ISO 7064 mod 97-10 over the rearranged number (ISO 13616). */
function checkIban(iban: string): Check {
  const name = 'IBAN checksum';
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(iban))
    return { name, passed: false, detail: `${iban} is no IBAN` };
  const digits = (iban.slice(4) + iban.slice(0, 4)).replace(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  );
  const passed = BigInt(digits) % 97n === 1n;
  return passed ? { name, passed } : { name, passed, detail: `${iban} fails mod 97` };
}

function checkDates(invoiceDate: string | null, dueDate: string | null): Check | null {
  if (invoiceDate === null || dueDate === null) return null;
  const passed = dueDate >= invoiceDate;
  const name = 'due date not before invoice date';
  return passed ? { name, passed } : { name, passed, detail: `due ${dueDate}, invoiced ${invoiceDate}` };
}
