// What the made documents say. Companies, people and accounts are invented; the account numbers pass their
// checksum.

/** Who pays: the company whose accounts payable the example plays. */
export const customer = {
  name: 'Nordlicht Manufaktur GmbH',
  street: 'Am Sandtorkai 48',
  postcode: '20457',
  city: 'Hamburg',
  country: 'DE',
  vatId: 'DE287654321',
};

export const suppliers = {
  brenner: {
    name: 'Brenner Papierwerke GmbH',
    street: 'Mühlenweg 7',
    postcode: '73430',
    city: 'Aalen',
    country: 'DE',
    vatId: 'DE811569874',
    iban: iban('DE', '614500500001234567'),
    bank: 'Kreissparkasse Ostalb',
    bic: 'OASPDE6AXXX',
    email: 'rechnung@brenner-papier.example',
    phone: '+49 7361 55 12 0',
    claim: 'Feinpapiere seit 1898',
    colour: '#1f5c4a',
    locale: 'de',
    mark: 'leaf',
  },
  kessler: {
    name: 'Kessler Elektrotechnik AG',
    street: 'Werkstraße 112',
    postcode: '90431',
    city: 'Nürnberg',
    country: 'DE',
    vatId: 'DE194837265',
    iban: iban('DE', '760100850098765432'),
    bank: 'Postbank Nürnberg',
    bic: 'PBNKDEFF760',
    email: 'buchhaltung@kessler-et.example',
    phone: '+49 911 8080 40',
    claim: 'Antriebe · Steuerungen · Service',
    colour: '#14387f',
    locale: 'de',
    mark: 'bolt',
  },
  vandijk: {
    name: 'Van Dijk Logistics B.V.',
    street: 'Waalhaven Oostzijde 81',
    postcode: '3087',
    city: 'Rotterdam',
    country: 'NL',
    vatId: 'NL854321987B01',
    iban: iban('NL', 'RABO0317465820'),
    bank: 'Rabobank',
    bic: 'RABONL2U',
    email: 'invoices@vandijk-logistics.example',
    phone: '+31 10 429 80 00',
    claim: 'Sea freight and warehousing',
    colour: '#b3541e',
    locale: 'en',
    mark: 'wave',
  },
  saintclair: {
    name: 'Moulin Saint-Clair SARL',
    street: "14 chemin de l'Étang",
    postcode: '69330',
    city: 'Meyzieu',
    country: 'FR',
    vatId: 'FR40303265045',
    iban: frenchIban('30004', '00821', '00010293847'),
    bank: 'BNP Paribas',
    bic: 'BNPAFRPPXXX',
    email: 'facturation@moulin-saint-clair.example',
    phone: '+33 4 72 01 44 10',
    claim: 'Colles et liants végétaux',
    colour: '#6b2d5c',
    locale: 'fr',
    mark: 'drop',
  },
  aurora: {
    name: 'Aurora Print Systems Oy',
    street: 'Teollisuuskatu 23',
    postcode: '00510',
    city: 'Helsinki',
    country: 'FI',
    vatId: 'FI26543217',
    iban: iban('FI', '12345600000785'),
    bank: 'Nordea',
    bic: 'NDEAFIHH',
    email: 'billing@aurora-print.example',
    phone: '+358 9 5840 100',
    claim: 'Digital presses',
    colour: '#00526b',
    locale: 'en',
    mark: 'wave',
  },
  /** Not in the ERP. */
  lumen: {
    name: 'Lumen & Partner Werbeagentur GmbH',
    street: 'Rosenthaler Straße 40',
    postcode: '10178',
    city: 'Berlin',
    country: 'DE',
    vatId: 'DE302918475',
    iban: iban('DE', '100500000190274655'),
    bank: 'Berliner Sparkasse',
    bic: 'BELADEBEXXX',
    email: 'office@lumen-partner.example',
    phone: '+49 30 2091 77 3',
    claim: 'Wir bringen Marken zum Leuchten',
    colour: '#8a6d00',
    locale: 'de',
    mark: 'bolt',
  },
};

/** Code, description, quantity, price of one, and the rate of VAT. */
const line = (...[code, description, quantity, unitPrice, taxPercent = '19']) => ({
  code,
  description,
  quantity,
  unitPrice,
  taxPercent,
});

/** What was ordered. */
export const orders = [
  order('4500017801', 'brenner', '2026-09-01', [
    line('BP-120-A3', 'Naturpapier 120 g/m², A3, weiß', '60', '18.40'),
    line('BP-300-KA', 'Karton 300 g/m², 70 x 100 cm', '25', '42.50'),
  ]),
  order('4500017802', 'brenner', '2026-09-08', [
    line('BP-090-A4', 'Recyclingpapier 90 g/m², A4', '200', '4.20'),
    line('BP-160-A4', 'Umschlagpapier 160 g/m², A4', '80', '9.75'),
  ]),
  order('4500017803', 'kessler', '2026-09-03', [
    line('KE-7731', 'Servoantrieb SD-40, 400 W', '4', '389.00'),
    line('KE-2210', 'Positionssensor PS-12', '12', '47.90'),
    line('KE-9001', 'Inbetriebnahme vor Ort, je Stunde', '6', '96.00'),
  ]),
  order('4500017804', 'vandijk', '2026-09-10', [
    line('FCL-40HC', "Sea freight 40' HC, Rotterdam - Hamburg", '2', '1240.00', '0'),
    line('WH-PAL', 'Pallet storage, September', '36', '8.50', '0'),
  ]),
  order('4500017805', 'saintclair', '2026-09-14', [
    line('COL-25', 'Colle végétale, bidon de 25 kg', '16', '74.30', '0'),
    line('LIA-10', 'Liant amidon, sac de 10 kg', '30', '21.80', '0'),
  ]),
  order('4500017806', 'aurora', '2026-09-16', [
    line('AP-TON-K', 'Toner cartridge black, 38,000 pages', '6', '212.50', '0'),
    line('AP-DRUM', 'Imaging drum unit', '2', '468.00', '0'),
  ]),
  order('4500017807', 'kessler', '2026-09-21', [
    line('KE-4410', 'Frequenzumrichter FU-7, 7,5 kW', '10', '642.00'),
  ]),
];

/** What came. Everything that was ordered, but for two frequency converters of the last order. */
export const receipts = orders.map(({ number, lines }) => ({
  purchaseOrderNumber: number,
  receivedOn: '2026-09-28',
  lines: lines.map((_, index) => ({
    purchaseOrderLine: index + 1,
    quantity: number === '4500017807' ? '8' : lines[index].quantity,
  })),
}));

/** What is invoiced. `lines` are those of the order unless they are given. */
export const invoices = {
  brenner: invoice({
    supplier: 'brenner',
    number: 'RE-2026-04417',
    date: '2026-09-30',
    due: '2026-10-30',
    order: '4500017801',
  }),
  wrongPrice: invoice({
    supplier: 'brenner',
    number: 'RE-2026-04462',
    date: '2026-10-06',
    due: '2026-11-05',
    order: '4500017802',
    change: (lines) => lines.map((one, index) => (index === 0 ? { ...one, unitPrice: '4.85' } : one)),
  }),
  kessler: invoice({
    supplier: 'kessler',
    number: '2026-10583',
    date: '2026-10-01',
    due: '2026-10-31',
    order: '4500017803',
  }),
  vandijk: invoice({
    supplier: 'vandijk',
    number: 'VDL-260988',
    date: '2026-10-02',
    due: '2026-11-01',
    order: '4500017804',
  }),
  saintclair: invoice({
    supplier: 'saintclair',
    number: 'FA-2026-0871',
    date: '2026-10-05',
    due: '2026-11-04',
    order: '4500017805',
  }),
  aurora: invoice({
    supplier: 'aurora',
    number: 'APS-77120',
    date: '2026-10-07',
    due: '2026-11-06',
    order: '4500017806',
  }),
  shortDelivery: invoice({
    supplier: 'kessler',
    number: '2026-10641',
    date: '2026-10-12',
    due: '2026-11-11',
    order: '4500017807',
  }),
  unknownSupplier: invoice({
    supplier: 'lumen',
    number: 'LP-1198',
    date: '2026-10-08',
    due: '2026-10-22',
    order: null,
    lines: [
      line('KAMP-01', 'Kampagne Herbst, Konzept und Text', '1', '2400.00'),
      line('FOTO-02', 'Fotoproduktion, je Tag', '2', '950.00'),
    ],
  }),
};

function order(...[number, supplier, orderDate, lines]) {
  return { number, supplier, orderDate, currency: 'EUR', lines };
}

function invoice({ supplier, number, date, due, order: orderNumber, lines, change = (same) => same }) {
  const ordered = orders.find((one) => one.number === orderNumber);
  const billed = change(lines ?? ordered.lines).map((one) => ({
    ...one,
    totalCents: cents(Number(one.quantity) * Number(one.unitPrice)),
  }));
  const rates = [...new Set(billed.map((one) => one.taxPercent))].map((percent) => {
    const baseCents = billed
      .filter((one) => one.taxPercent === percent)
      .reduce((total, one) => total + one.totalCents, 0);
    return { percent, baseCents, taxCents: Math.round((baseCents * Number(percent)) / 100) };
  });
  const netCents = billed.reduce((total, one) => total + one.totalCents, 0);
  const taxCents = rates.reduce((total, one) => total + one.taxCents, 0);
  return {
    number,
    date,
    due,
    orderNumber,
    currency: 'EUR',
    supplier: suppliers[supplier],
    customer,
    lines: billed,
    rates,
    netCents,
    taxCents,
    grandCents: netCents + taxCents,
  };
}

function cents(amount) {
  return Math.round(amount * 100);
}

/** Puts the check digits of ISO 13616 before an account. */
function iban(country, account) {
  const digits = (account + country + '00').replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return country + String(98n - (BigInt(digits) % 97n)).padStart(2, '0') + account;
}

/** French accounts carry a key of their own (clé RIB). */
function frenchIban(bank, branch, account) {
  const key = 97n - ((89n * BigInt(bank) + 15n * BigInt(branch) + 3n * BigInt(account)) % 97n);
  return iban('FR', bank + branch + account + String(key).padStart(2, '0'));
}

export function amount(value) {
  return `${Math.floor(value / 100)}.${String(value % 100).padStart(2, '0')}`;
}
