import { uuidv7 } from '@tutti/contracts';
import type { SecretBox } from '@tutti/store';
import { HostQuestions, type HostQuestionsParts, type QuestionKind } from '../connections/host-questions.js';
import type { BegunSignIn, EndedSignIn, SignInAnswer, SignInRequest, SignIns } from './sign-ins.js';

type Kind = Exclude<QuestionKind, 'test'>;

/**
 * Sign-ins from a process without plugins: a connector host makes them. Question and answer travel sealed.
 */
export class RemoteSignIns implements Pick<SignIns, 'begin' | 'finish'> {
  readonly #questions: HostQuestions;
  readonly #box: SecretBox;

  constructor(parts: HostQuestionsParts & { secretBox: SecretBox }) {
    this.#questions = new HostQuestions(parts);
    this.#box = parts.secretBox;
  }

  /** Throws `NoHostAnswered`. */
  async begin(request: SignInRequest): Promise<BegunSignIn> {
    return (await this.#ask('sign-in.begin', request, request)) as BegunSignIn;
  }

  /** Throws `NoHostAnswered`. */
  async finish(answer: SignInAnswer): Promise<EndedSignIn> {
    return (await this.#ask('sign-in.finish', answer, { workspaceId: '', connection: '' })) as EndedSignIn;
  }

  async #ask(
    kind: Kind,
    question: SignInRequest | SignInAnswer,
    { workspaceId, connection }: Pick<SignInRequest, 'workspaceId' | 'connection'>,
  ): Promise<unknown> {
    const id = uuidv7();
    const sealed = sealQuestion(this.#box, id, question);
    const text = await this.#questions.ask({ id, kind, what: 'signed in', workspaceId, connection, sealed });
    return openQuestion(this.#box, id, Buffer.from(text, 'base64'));
  }
}

/** Performs at a host what `RemoteSignIns` asks for. */
export async function answerSignIn(
  signIns: Pick<SignIns, 'begin' | 'finish'>,
  box: SecretBox,
  { id, kind, question }: { id: string; kind: Kind; question: Buffer },
): Promise<string> {
  const asked = openQuestion(box, id, question);
  const answer =
    kind === 'sign-in.begin'
      ? await signIns.begin(asked as SignInRequest)
      : await signIns.finish(asked as SignInAnswer);
  return sealQuestion(box, id, answer).toString('base64');
}

function sealQuestion(box: SecretBox, id: string, value: unknown): Buffer {
  return box.seal({ value: JSON.stringify(value) }, { workspaceId: '', kind: 'question', of: id });
}

function openQuestion(box: SecretBox, id: string, sealed: Buffer): unknown {
  const { value } = box.open(sealed, { workspaceId: '', kind: 'question', of: id });
  return JSON.parse(value as string) as unknown;
}
