import type { Operation } from './act.ts';

/** What is about to be done, and is asked about first. */
export type Question =
  | { what: 'deploy'; services: readonly string[]; nodes: readonly string[] }
  | { what: 'operate'; kind: Operation; services: readonly string[]; nodes: readonly string[] };

/** The one place where work is asked about before it is begun; the frame shows the dialog for it. */
class Asking {
  question = $state.raw<Question>();

  /** Show what a deploy of these services would change, and deploy them if that is wanted. */
  deploy(services: readonly string[], nodes: readonly string[] = []): void {
    this.question = { what: 'deploy', services, nodes };
  }

  /** Show what stopping, starting, restarting or taking down these services touches, and do it if that is wanted. */
  operate(kind: Operation, services: readonly string[], nodes: readonly string[] = []): void {
    this.question = { what: 'operate', kind, services, nodes };
  }

  close(): void {
    this.question = undefined;
  }
}

export const asking = new Asking();
