import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '@tutti/testing';
import { request } from 'undici';
import { HUBS, type HubUnderTest } from './testing/hubs.js';

const EXAMPLE = join(
  dirname(fileURLToPath(import.meta.url)),
  '..',
  '..',
  '..',
  'examples',
  'invoice-processing',
);

interface Expected {
  file: string;
  mediaType: string;
  reader: string;
  outcome: 'paid' | 'review' | 'rejected';
  reviewTask?: string;
  discrepancies?: string[];
  invoice?: { invoiceNumber: string; grandTotal: string };
}
interface Run {
  id: string;
  status: string;
  output: Record<string, unknown>;
  error: unknown;
}
interface Review {
  id: string;
  status: string;
  token: string;
  task: string;
  title: string;
  because: string;
  form: Record<string, unknown> | null;
  document: { $artifact: string } | null;
  data: { invoice: Record<string, unknown>; confidence: number };
  context: { discrepancies?: { code: string }[] } | null;
}

const { documents } = JSON.parse(readFileSync(join(EXAMPLE, 'expected.json'), 'utf8')) as {
  documents: Expected[];
};

describe.each(HUBS)('the invoice example on a first start (%s)', (_way, start) => {
  const runs = new Map<string, string>();
  let hub: HubUnderTest;

  beforeAll(async () => {
    hub = await start();
  }, 300_000);
  afterAll(() => hub?.stop());

  async function get<T>(path: string): Promise<T> {
    const { status, body } = await hub.call('GET', path);
    expect(status).toBe(200);
    return body as unknown as T;
  }

  async function upload(document: Expected): Promise<unknown> {
    const answer = await request(`${hub.api}/v1/artifacts?name=${document.file}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${hub.token}`, 'content-type': document.mediaType },
      body: readFileSync(join(EXAMPLE, 'documents', document.file)),
    });
    expect(answer.statusCode).toBe(201);
    return answer.body.json();
  }

  /** The run once it has ended or waits for a person. */
  function settled(id: string): Promise<Run> {
    return eventually(async () => {
      const run = await get<Run>(`/v1/runs/${id}`);
      return run.status === 'running' ? undefined : run;
    }, 90_000);
  }

  async function openReview(runId: string): Promise<Review> {
    const { items } = await get<{ items: Review[] }>(`/v1/reviews?status=open&runId=${runId}`);
    expect(items).toHaveLength(1);
    return get<Review>(`/v1/reviews/${(items[0] as Review).id}`);
  }

  function decide(review: Review, body: Record<string, unknown>): Promise<{ status: number }> {
    return hub.call('POST', `/v1/reviews/${review.id}/decision`, { body: { token: review.token, ...body } });
  }

  it('ran one invoice by itself and paid it', async () => {
    const first = await eventually(async () => {
      const page = await get<{ items: Run[] }>('/v1/runs?workflow=finance/invoice');
      return page.items.find(({ status }) => status === 'completed');
    }, 60_000);
    const run = await get<Run>(`/v1/runs/${first.id}`);
    expect(run.output).toMatchObject({ status: 'paid', grandTotal: documents[0]?.invoice?.grandTotal });
  });

  // The first document was run by the hub; it comes again here and is a duplicate then, which the last test
  // looks at.
  it.each(documents.slice(1).map((document) => [document.file, document] as const))(
    'comes out as expected: %s',
    async (_file, document) => {
      const input = { document: await upload(document) };
      const { status, body } = await hub.call('POST', '/v1/workflows/finance/invoice/runs', { body: input });
      expect(status).toBe(202);
      const run = await settled(String(body?.id));
      runs.set(document.file, run.id);
      if (document.outcome !== 'review') {
        expect(run).toMatchObject({ status: 'completed', output: { status: document.outcome } });
        if (document.outcome === 'paid') {
          expect(run.output).toMatchObject({
            grandTotal: document.invoice?.grandTotal,
            source: document.reader,
          });
        }
        return;
      }
      expect(run.status).toBe('waiting');
      const review = await openReview(run.id);
      expect(review.task).toContain(document.reviewTask ?? '');
      expect(review.document?.$artifact).toBe((input.document as { $artifact: string }).$artifact);
      expect(JSON.stringify(review.form)).toContain('grandTotal');
      expect(review.because.length).toBeGreaterThan(10);
      const codes = (review.context?.discrepancies ?? []).map(({ code }) => code);
      if (document.discrepancies) expect(codes).toEqual(expect.arrayContaining(document.discrepancies));
    },
    120_000,
  );

  it('pays after a person corrected a field, and keeps both values', async () => {
    const run = runs.get('03-vandijk-bad-scan.jpg') as string;
    const truth = documents.find(({ file }) => file === '03-vandijk-bad-scan.jpg')?.invoice as Record<
      string,
      unknown
    >;
    const review = await openReview(run);
    const before = review.data.invoice;
    const data = {
      ...review.data,
      invoice: {
        ...before,
        ...truth,
        supplier: { ...(before.supplier as object), ...(truth.supplier as object) },
      },
    };
    expect(
      (await decide(review, { decision: 'approve', data, comment: 'Read from the paper.' })).status,
    ).toBe(200);
    expect((await decide(review, { decision: 'approve' })).status).toBe(409);
    let ended = await settled(run);
    // What the scan hid from the ERP's match (a line, a tax rate) is asked about once more.
    for (let i = 0; i < 3 && ended.status === 'waiting'; i++) {
      expect((await decide(await openReview(run), { decision: 'approve' })).status).toBe(200);
      ended = await eventually(async () => {
        const now = await settled(run);
        const { items } = await get<{ items: Review[] }>(`/v1/reviews?status=open&runId=${run}`);
        return now.status !== 'waiting' || items.length > 0 ? now : undefined;
      });
    }
    expect(ended).toMatchObject({
      status: 'completed',
      output: { status: 'paid', grandTotal: truth.grandTotal },
    });
    const journal = await get<{ items: { kind: string; decision?: { edits: { path: string }[] } }[] }>(
      `/v1/runs/${run}/journal?limit=200`,
    );
    const decided = journal.items.find(({ kind }) => kind === 'review.decided');
    expect(decided?.decision?.edits.length).toBeGreaterThanOrEqual(0);
  });

  it('ends as rejected when a person rejects, and pays nothing', async () => {
    const run = runs.get('06-lumen-unknown-supplier.pdf') as string;
    const review = await openReview(run);
    expect((await decide(review, { decision: 'reject', comment: 'Not ordered by us.' })).status).toBe(200);
    const ended = await eventually(async () => {
      const now = await get<Run>(`/v1/runs/${run}`);
      return now.status === 'completed' ? now : undefined;
    });
    expect(ended.output).toMatchObject({
      status: 'rejected',
      because: 'Not ordered by us.',
      paymentId: null,
    });
  });

  it('pays no invoice twice, and says which run did', async () => {
    const input = { document: await upload(documents[0] as Expected) };
    const { body } = await hub.call('POST', '/v1/workflows/finance/invoice/runs', {
      body: input,
      headers: { prefer: 'wait=60' },
    });
    expect(body).toMatchObject({ status: 'completed', output: { status: 'rejected', paymentId: null } });
  });

  it('asks a person about a purchase order that does not exist', async () => {
    const peppol = readFileSync(join(EXAMPLE, 'documents', '08-aurora-peppol.xml'), 'utf8');
    const answer = await request(`${hub.api}/v1/artifacts?name=unknown-order.xml`, {
      method: 'POST',
      headers: { authorization: `Bearer ${hub.token}`, 'content-type': 'application/xml' },
      body: peppol.replaceAll('4500017806', '4599999999').replaceAll('APS-77120', 'APS-77121'),
    });
    const document = await answer.body.json();
    const { body } = await hub.call('POST', '/v1/workflows/finance/invoice/runs', { body: { document } });
    const run = await settled(String(body?.id));
    expect(run.status).toBe('waiting');
    const review = await openReview(run.id);
    const codes = (review.context?.discrepancies ?? []).map(({ code }) => code);
    expect(codes).toContain('unknown-purchase-order');
    expect(review.because).toContain('4599999999');
  });

  it('makes each bad document a clear answer or a question for a person', async () => {
    const bomb = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">]><Invoice>&b;</Invoice>';
    for (const [name, mediaType, content] of [
      ['bomb.xml', 'application/xml', bomb],
      ['corrupt.pdf', 'application/pdf', '%PDF-1.7\nthis is no pdf'],
      ['empty.pdf', 'application/pdf', ''],
      ['text.png', 'image/png', 'not a picture'],
    ] as const) {
      const answer = await request(`${hub.api}/v1/artifacts?name=${name}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${hub.token}`, 'content-type': mediaType },
        body: content,
      });
      const document = await answer.body.json();
      if (answer.statusCode !== 201) {
        expect(document).toMatchObject({ status: answer.statusCode, detail: expect.any(String) });
        continue;
      }
      const { body } = await hub.call('POST', '/v1/workflows/finance/invoice/runs', {
        body: { document },
        headers: { prefer: 'wait=60' },
      });
      expect(body).toMatchObject({
        status: 'completed',
        output: { status: 'rejected', because: expect.stringMatching(/cannot be read/) },
      });
    }
  });

  it('finds its example again when a start was broken off before it was remembered as loaded', async () => {
    await hub.breakOffAndStart();
    expect(hub.output).not.toContain('could not be loaded');
    const { items } = await get<{ items: Run[] }>('/v1/runs?workflow=finance/invoice-seed');
    expect(items).toMatchObject([{ status: 'completed' }]);
  }, 300_000);
});
