import type { Deployment } from '#lib/gen/composia/v1/deployment_pb.ts';
import type { Task } from '#lib/gen/composia/v1/task_pb.ts';
import type { Operation } from './act.ts';

/** What is about to be done, and is asked about first. */
export type Question =
  | {
      what: 'deploy';
      services: readonly string[];
      nodes: readonly string[];
      /** Of one service what is chosen at first; empty is the branch's head. */
      revision: string;
    }
  | { what: 'operate'; kind: Operation; services: readonly string[]; nodes: readonly string[] }
  | { what: 'cancel'; deployment: Deployment }
  | { what: 'cancel task' | 'resolve task'; task: Task }
  | { what: 'drain' | 'prune'; node: string };

/** The one place where work is asked about before it is begun; the frame shows the dialog for it. */
class Asking {
  question = $state.raw<Question>();

  ask(question: Question): void {
    this.question = question;
  }

  /** Show what a deploy of these services would change, and deploy them if that is wanted. */
  deploy(services: readonly string[], nodes: readonly string[] = [], revision = ''): void {
    this.ask({ what: 'deploy', services, nodes, revision });
  }

  /** Show what stopping, starting, restarting or taking down these services touches, and do it if that is wanted. */
  operate(kind: Operation, services: readonly string[], nodes: readonly string[] = []): void {
    this.ask({ what: 'operate', kind, services, nodes });
  }

  close(): void {
    this.question = undefined;
  }
}

export const asking = new Asking();
