/** What is asked before something is done to a node, and to which. */
class NodeAsking {
  what = $state<'' | 'drain' | 'prune'>('');
  node = $state('');

  ask(what: 'drain' | 'prune', node: string): void {
    this.node = node;
    this.what = what;
  }

  done(): void {
    this.what = '';
  }
}

export const nodeAsking = new NodeAsking();
