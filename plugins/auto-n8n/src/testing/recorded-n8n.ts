import { VendorRefusal, type VendorReply, type VendorRequest } from '@tutti/plugin-sdk/testing/vendor';

const NOT_REGISTERED = {
  code: 404,
  message: 'The requested webhook "POST nobody" is not registered.',
  hint: 'The workflow must be active for a production URL to run successfully.',
};
const EXECUTIONS = [
  { id: '3', finished: true, mode: 'webhook', status: 'success', workflowId: 'later' },
  { id: '2', finished: false, mode: 'webhook', status: 'error', workflowId: 'fails' },
  { id: '1', finished: true, mode: 'webhook', status: 'success', workflowId: 'book' },
].map((one) => ({ ...one, startedAt: '2026-11-23T00:28:39.152Z', stoppedAt: '2026-11-23T00:28:39.458Z' }));

/**
 * What n8n 2.40.2 answered to the same requests, with three workflows: `book` answers with its last node,
 * `fails` stops with an error, `later` responds with its execution's id and then doubles a total.
 */
export function recordedN8n(apiKey: string): (request: VendorRequest) => VendorReply {
  const answers: Record<string, (request: VendorRequest) => VendorReply> = {
    '/healthz': () => ({ body: { status: 'ok' } }),
    '/webhook/book': ({ body, headers }) => {
      const { total } = body as { total: number };
      return { body: { booked: `RE-${total}`, key: headers['idempotency-key'] } };
    },
    '/webhook/fails': () => ({ status: 500, body: { message: 'Error in workflow' } }),
    '/webhook/later': () => ({ body: { executionId: '3' } }),
    '/api/v1/executions': ({ url }) => {
      const from = url.searchParams.get('cursor') === null ? 0 : Number(url.searchParams.get('cursor'));
      const end = from + Number(url.searchParams.get('limit'));
      return {
        body: { data: EXECUTIONS.slice(from, end), nextCursor: end < EXECUTIONS.length ? String(end) : null },
      };
    },
    '/api/v1/executions/3': () => ({ body: { ...EXECUTIONS[0], data: { resultData: doubled() } } }),
    '/api/v1/executions/2': () => ({ body: { ...EXECUTIONS[1], data: { resultData: stopped() } } }),
  };
  return (request) => {
    const { pathname } = request.url;
    const answer = answers[pathname];
    if (pathname.startsWith('/api/') && request.headers['x-n8n-api-key'] !== apiKey)
      throw new VendorRefusal({ status: 401, body: { message: 'Unauthorized' } });
    if (answer !== undefined) return answer(request);
    throw new VendorRefusal({ status: 404, body: NOT_REGISTERED });
  };
}

function doubled(): object {
  return {
    runData: {
      Webhook: [{ executionStatus: 'success', data: { main: [[{ json: { body: { total: 4 } } }]] } }],
      Done: [
        { executionStatus: 'success', data: { main: [[{ json: { total: 8 }, pairedItem: { item: 0 } }]] } },
      ],
    },
    lastNodeExecuted: 'Done',
  };
}

function stopped(): object {
  const error = { message: 'The printer is out of paper.', name: 'NodeOperationError' };
  return { runData: { Stop: [{ executionStatus: 'error', error }] }, lastNodeExecuted: 'Stop', error };
}
