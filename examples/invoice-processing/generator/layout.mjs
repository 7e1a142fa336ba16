// Lays an invoice out on A4 as plain marks (text, lines, boxes, shapes), in points from the top left. The
// same marks become an SVG for scans and a PDF page, so that both look alike.

const WORDS = {
  de: {
    title: 'Rechnung',
    number: 'Rechnungsnummer',
    date: 'Rechnungsdatum',
    due: 'Fällig am',
    order: 'Bestellnummer',
    page: 'Seite 1 von 1',
    columns: ['Pos.', 'Artikel-Nr.', 'Beschreibung', 'Menge', 'Einzelpreis', 'Gesamtpreis'],
    net: 'Nettobetrag',
    tax: (percent) => `zzgl. ${percent} % USt.`,
    grand: 'Gesamtbetrag',
    bank: 'Bankverbindung',
    vatId: 'USt-IdNr.',
    greeting: 'Sehr geehrte Damen und Herren, wir berechnen Ihnen unsere Lieferung wie folgt:',
    close: (due) => `Bitte überweisen Sie den Gesamtbetrag bis zum ${due} unter Angabe der Rechnungsnummer.`,
    free: '',
  },
  en: {
    title: 'Invoice',
    number: 'Invoice number',
    date: 'Invoice date',
    due: 'Due date',
    order: 'Purchase order',
    page: 'Page 1 of 1',
    columns: ['No.', 'Item code', 'Description', 'Quantity', 'Unit price', 'Amount'],
    net: 'Net total',
    tax: (percent) => `VAT ${percent} %`,
    grand: 'Grand total',
    bank: 'Bank details',
    vatId: 'VAT ID',
    billTo: 'Bill to',
    greeting: 'Thank you for your order. We invoice the following goods and services:',
    close: (due) => `Payable by bank transfer no later than ${due}. Please quote the invoice number.`,
    free: 'Intra-Community supply, VAT reverse charge to the recipient (Art. 196 VAT Directive).',
  },
  fr: {
    title: 'Facture',
    number: 'Numéro de facture',
    date: 'Date de facture',
    due: "Date d'échéance",
    order: 'Commande',
    page: 'Page 1 / 1',
    columns: ['N°', 'Référence', 'Désignation', 'Quantité', 'Prix unitaire', 'Montant'],
    net: 'Total HT',
    tax: (percent) => `TVA ${percent} %`,
    grand: 'Total TTC',
    bank: 'Coordonnées bancaires',
    vatId: 'N° TVA',
    billTo: 'Facturé à',
    greeting: 'Veuillez trouver ci-dessous le détail de notre livraison :',
    close: (due) => `À régler par virement avant le ${due}, en rappelant le numéro de facture.`,
    free: 'Autoliquidation : TVA due par le preneur, article 283-2 du CGI.',
  },
};

const WIDTH = 595.28;
const LEFT = 62;
const RIGHT = WIDTH - 51;
const INK = '#1b1f24';
const FAINT = '#5a6470';

/** All marks of the page. */
export function layOut(invoice) {
  const { supplier } = invoice;
  const words = WORDS[supplier.locale];
  const marks = [
    ...letterhead(supplier),
    ...(words.billTo ? billTo(invoice, words) : addressWindow(invoice)),
  ];
  marks.push(text(LEFT, 262, words.title, { size: 20, bold: true, colour: supplier.colour }));
  marks.push(...details(invoice, words), text(LEFT, 300, words.greeting, { size: 9.5 }));
  const table = lineTable(invoice, words, 326);
  const sums = totals(invoice, words, table.bottom + 16);
  marks.push(...table.marks, ...sums.marks);
  marks.push(text(LEFT, sums.bottom + 26, words.close(date(invoice.due, supplier.locale)), { size: 9.5 }));
  if (invoice.taxCents === 0)
    marks.push(text(LEFT, sums.bottom + 41, words.free, { size: 8.5, colour: FAINT }));
  marks.push(...footer(supplier, words));
  return marks;
}

function letterhead(supplier) {
  return [
    { kind: 'mark', shape: supplier.mark, x: RIGHT - 34, y: 40, size: 34, colour: supplier.colour },
    text(LEFT, 60, supplier.name, { size: 17, bold: true, colour: supplier.colour }),
    text(LEFT, 76, supplier.claim, { size: 9, colour: FAINT }),
    { kind: 'line', x0: LEFT, x1: RIGHT, y: 90, width: 1.2, colour: supplier.colour },
  ];
}

/** DIN 5008: a small sender line, then the recipient where a window envelope shows it. */
function addressWindow({ supplier, customer }) {
  const sender = `${supplier.name} · ${supplier.street} · ${supplier.postcode} ${supplier.city}`;
  const lines = [
    customer.name,
    'Kreditorenbuchhaltung',
    customer.street,
    `${customer.postcode} ${customer.city}`,
  ];
  return [
    text(LEFT, 138, sender, { size: 7, colour: FAINT }),
    ...lines.map((one, index) => text(LEFT, 158 + index * 14, one, { size: 10.5 })),
  ];
}

function billTo({ supplier, customer }, words) {
  const from = [
    supplier.street,
    `${supplier.country}-${supplier.postcode} ${supplier.city}`,
    `${words.vatId}: ${supplier.vatId}`,
  ];
  const to = [
    customer.name,
    customer.street,
    `${customer.country}-${customer.postcode} ${customer.city}`,
    `${words.vatId}: ${customer.vatId}`,
  ];
  return [
    ...from.map((one, index) => text(LEFT, 112 + index * 12, one, { size: 8.5, colour: FAINT })),
    text(LEFT, 172, words.billTo, { size: 8.5, bold: true, colour: supplier.colour }),
    ...to.map((one, index) => text(LEFT, 188 + index * 14, one, { size: 10.5 })),
  ];
}

function details({ number, date: day, due, orderNumber, supplier }, words) {
  const rows = [
    [words.number, number],
    [words.date, date(day, supplier.locale)],
    [words.due, date(due, supplier.locale)],
  ];
  if (orderNumber) rows.push([words.order, orderNumber]);
  return rows.flatMap(([label, value], index) => [
    text(352, 158 + index * 17, label, { size: 9.5, colour: FAINT }),
    text(RIGHT, 158 + index * 17, value, { size: 9.5, bold: index === 0, align: 'right' }),
  ]);
}

function lineTable({ lines, supplier }, words, top) {
  const x = [LEFT + 4, LEFT + 32, LEFT + 108, 378, 456, RIGHT - 4];
  const align = ['left', 'left', 'left', 'right', 'right', 'right'];
  const row = (cells, y, style) =>
    cells.map((cell, index) => text(x[index], y, cell, { size: 9, align: align[index], ...style }));
  const marks = [
    { kind: 'box', x: LEFT, y: top - 12, width: RIGHT - LEFT, height: 18, colour: '#eef1f4' },
    ...row(words.columns, top, { bold: true }),
  ];
  lines.forEach((line, index) => {
    const y = top + 24 + index * 22;
    const money = (value) => number(value, supplier.locale);
    const cells = [
      String(index + 1),
      line.code,
      line.description,
      line.quantity,
      money(line.unitPrice),
      money(line.totalCents / 100),
    ];
    marks.push(...row(cells, y), {
      kind: 'line',
      x0: LEFT,
      x1: RIGHT,
      y: y + 8,
      width: 0.5,
      colour: '#c5ccd3',
    });
  });
  return { marks, bottom: top + 24 + (lines.length - 1) * 22 + 8 };
}

function totals({ netCents, rates, taxCents, grandCents, supplier }, words, top) {
  const money = (cents) => `${number(cents / 100, supplier.locale)} €`;
  const rows = [
    [words.net, money(netCents)],
    ...rates.map((rate) => [words.tax(rate.percent), money(rate.taxCents)]),
  ];
  const marks = rows.flatMap(([label, value], index) => [
    text(352, top + 6 + index * 17, label, { size: 9.5 }),
    text(RIGHT - 4, top + 6 + index * 17, value, { size: 9.5, align: 'right' }),
  ]);
  const y = top + 8 + rows.length * 17;
  marks.push({ kind: 'line', x0: 352, x1: RIGHT, y: y - 10, width: 0.8, colour: INK });
  marks.push(
    text(352, y + 5, words.grand, { size: 11.5, bold: true }),
    text(RIGHT - 4, y + 5, money(grandCents), { size: 11.5, bold: true, align: 'right' }),
  );
  return { marks, bottom: y + 10, taxCents };
}

function footer(supplier, words) {
  const spaced = supplier.iban.replace(/(.{4})/g, '$1 ').trim();
  const columns = [
    [supplier.name, supplier.street, `${supplier.postcode} ${supplier.city}`],
    [`${words.bank}: ${supplier.bank}`, `IBAN ${spaced}`, `BIC ${supplier.bic}`],
    [`${words.vatId} ${supplier.vatId}`, supplier.phone, supplier.email],
  ];
  const x = [LEFT, 218, 404];
  return [
    { kind: 'line', x0: LEFT, x1: RIGHT, y: 762, width: 0.8, colour: supplier.colour },
    ...columns.flatMap((lines, column) =>
      lines.map((one, index) => text(x[column], 777 + index * 11.5, one, { size: 8, colour: '#3a424b' })),
    ),
    text(RIGHT, 822, words.page, { size: 7.5, colour: FAINT, align: 'right' }),
  ];
}

function text(...[x, y, content, { size = 10, bold = false, colour = INK, align = 'left' } = {}]) {
  return { kind: 'text', x, y, content: String(content), size, bold, colour, align };
}

export function date(iso, locale) {
  const [year, month, day] = iso.split('-');
  if (locale === 'en') {
    const names = [
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
    ];
    return `${names[Number(month) - 1]} ${Number(day)}, ${year}`;
  }
  return locale === 'fr' ? `${day}/${month}/${year}` : `${day}.${month}.${year}`;
}

function number(value, locale) {
  const [whole, fraction] = Number(value).toFixed(2).split('.');
  const [thousands, decimal] = { de: ['.', ','], en: [',', '.'], fr: [' ', ','] }[locale];
  return whole.replace(/\B(?=(\d{3})+$)/g, thousands) + decimal + fraction;
}

/** Paths of the little logos in a square of 100. */
export const SHAPES = {
  leaf: 'M50 2 C88 12 98 52 80 96 C40 98 6 80 4 42 C20 60 40 72 62 76 C46 58 40 32 50 2 Z',
  bolt: 'M58 2 L14 58 L44 58 L36 98 L86 38 L54 38 Z',
  wave: [
    'M2 66 C22 36 40 36 56 56 C70 72 84 70 98 50 L98 78 C82 96 64 94 48 78 C34 64 20 66 2 90 Z',
    'M2 30 C22 2 40 4 56 22 C70 38 84 36 98 16 L98 36 C82 56 64 54 48 40 C34 28 20 32 2 54 Z',
  ].join(' '),
  drop: 'M50 2 C74 34 88 50 88 66 C88 86 70 98 50 98 C30 98 12 86 12 66 C12 50 26 34 50 2 Z',
};
