/** Whether long lines are broken, for this browser. */
class Wrap {
  on = $state(localStorage.getItem('wrap') === 'on');

  turn(): void {
    this.on = !this.on;
    localStorage.setItem('wrap', this.on ? 'on' : 'off');
  }
}

export const wrap = new Wrap();
