// Marks as a PDF page, with the invoice's XML inside when there is one: Factur-X 1.0 / ZUGFeRD 2, laid out
// after PDF/A-3b (embedded fonts, output intent, XMP). No validator was at hand, so conformance is meant,
// not certified.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { AFRelationship, PDFDocument, PDFHexString, PDFName, PDFString } from 'pdf-lib';
import sharp from 'sharp';
import { embedFont, loadFont, winAnsi } from './font.mjs';
import { SHAPES } from './layout.mjs';

const fontFolder = join(
  dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json')),
  'standard_fonts',
);
const regular = loadFont(join(fontFolder, 'LiberationSans-Regular.ttf'));
const bold = loadFont(join(fontFolder, 'LiberationSans-Bold.ttf'));
const HEIGHT = 841.89;

/** The page, and the XML inside it when `xml` is given. */
export async function toPdf(marks, { title, author, xml, created }) {
  const pdf = await PDFDocument.create();
  const { context } = pdf;
  const page = pdf.addPage([595.28, HEIGHT]);
  page.node.set(
    PDFName.of('Resources'),
    context.obj({
      Font: {
        R: embedFont(context, regular, 'LiberationSans'),
        B: embedFont(context, bold, 'LiberationSans-Bold'),
      },
    }),
  );
  page.node.set(
    PDFName.of('Contents'),
    context.register(context.flateStream(marks.map((mark) => operators[mark.kind](mark)).join('\n'))),
  );
  pdf.setTitle(title);
  pdf.setAuthor(author);
  pdf.setProducer('Tutti example generator');
  pdf.setCreator('Tutti example generator');
  pdf.setCreationDate(created);
  pdf.setModificationDate(created);
  if (xml) await embedInvoice(pdf, { title, author, xml, created });
  const id = PDFHexString.of(Buffer.from(title.padEnd(16, '.').slice(0, 16)).toString('hex'));
  context.trailerInfo.ID = context.obj([id, id]);
  return pdf.save({ useObjectStreams: false });
}

async function embedInvoice(pdf, { title, author, xml, created }) {
  const { context, catalog } = pdf;
  await pdf.attach(Buffer.from(xml), 'factur-x.xml', {
    mimeType: 'text/xml',
    description: 'Factur-X invoice',
    afRelationship: AFRelationship.Alternative,
    creationDate: created,
    modificationDate: created,
  });
  const packet = xmp({ title, author, created: created.toISOString().replace('.000', '') });
  catalog.set(
    PDFName.of('Metadata'),
    context.register(context.stream(packet, { Type: 'Metadata', Subtype: 'XML' })),
  );
  const { icc } = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#fff' } })
    .withIccProfile('srgb')
    .png()
    .toBuffer()
    .then((image) => sharp(image).metadata());
  catalog.set(
    PDFName.of('OutputIntents'),
    context.obj([
      {
        Type: 'OutputIntent',
        S: 'GTS_PDFA1',
        OutputConditionIdentifier: PDFString.of('sRGB'),
        DestOutputProfile: context.register(context.flateStream(icc, { N: 3 })),
      },
    ]),
  );
}

const operators = {
  text: ({ x, y, content, size, bold: heavy, colour, align }) => {
    const font = heavy ? bold : regular;
    const left = align === 'right' ? x - font.measure(content, size) : x;
    const hex = [...content].map((character) => winAnsi(character).toString(16).padStart(2, '0')).join('');
    return `${fill(colour)} BT /${heavy ? 'B' : 'R'} ${size} Tf ${n(left)} ${n(HEIGHT - y)} Td <${hex}> Tj ET`;
  },
  line: ({ x0, x1, y, width, colour }) =>
    `${rgb(colour)} RG ${width} w ${n(x0)} ${n(HEIGHT - y)} m ${n(x1)} ${n(HEIGHT - y)} l S`,
  box: ({ x, y, width, height, colour }) =>
    `${fill(colour)} ${n(x)} ${n(HEIGHT - y - height)} ${width} ${height} re f`,
  mark: ({ shape, x, y, size, colour }) => {
    const place = (px, py) => `${n(x + (px * size) / 100)} ${n(HEIGHT - y - (py * size) / 100)}`;
    const path = [...SHAPES[shape].matchAll(/([MLCZ])([^MLCZ]*)/g)].map(([, letter, rest]) => {
      const numbers = rest.trim().split(/\s+/).filter(Boolean).map(Number);
      const points = [];
      for (let at = 0; at < numbers.length; at += 2) points.push(place(numbers[at], numbers[at + 1]));
      return {
        M: `${points[0]} m`,
        L: points.map((point) => `${point} l`).join(' '),
        C: curves(points),
        Z: 'h',
      }[letter];
    });
    return `${fill(colour)} ${path.join(' ')} f`;
  },
};

function curves(points) {
  const parts = [];
  for (let at = 0; at + 2 < points.length + 0; at += 3)
    parts.push(`${points[at]} ${points[at + 1]} ${points[at + 2]} c`);
  return parts.join(' ');
}

function rgb(colour) {
  const full = colour.length === 4 ? colour.replace(/[0-9a-f]/gi, '$&$&') : colour;
  return [1, 3, 5].map((at) => (Number.parseInt(full.slice(at, at + 2), 16) / 255).toFixed(3)).join(' ');
}

function fill(colour) {
  return `${rgb(colour)} rg`;
}

function n(value) {
  return Number(value).toFixed(2);
}

const FX = 'urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#';

/** PDF/A asks that a schema it does not know is described; Factur-X gives this description. */
function xmp({ title, author, created }) {
  const property = (name, description) => `<rdf:li rdf:parseType="Resource">
  <pdfaProperty:name>${name}</pdfaProperty:name>
<pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>
<pdfaProperty:description>${description}</pdfaProperty:description></rdf:li>`;
  const safe = (value) => value.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return Buffer.from(`<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>3</pdfaid:part>
<pdfaid:conformance>B</pdfaid:conformance></rdf:Description>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt>
<rdf:li xml:lang="x-default">${safe(title)}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>${safe(author)}</rdf:li></rdf:Seq></dc:creator></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<pdf:Producer>Tutti example generator</pdf:Producer></rdf:Description>
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<xmp:CreatorTool>Tutti example generator</xmp:CreatorTool>
<xmp:CreateDate>${created}</xmp:CreateDate><xmp:ModifyDate>${created}</xmp:ModifyDate></rdf:Description>
<rdf:Description rdf:about="" xmlns:fx="${FX}"><fx:DocumentType>INVOICE</fx:DocumentType>
<fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>
<fx:Version>1.0</fx:Version><fx:ConformanceLevel>EN 16931</fx:ConformanceLevel></rdf:Description>
<rdf:Description rdf:about=""
  xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
  xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
  xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>${FX}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq>
${property('DocumentFileName', 'name of the embedded XML invoice file')}${property('DocumentType', 'INVOICE')}
${property('Version', 'version of the Factur-X XML schema')}
${property('ConformanceLevel', 'conformance level of the embedded Factur-X data')}
</rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>`);
}
