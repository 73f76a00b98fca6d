//! A blank being filed after its marks: the cuts so far, where each must get to, and what marked this time.

use std::fmt::Write as _;

use cylinder::impression::Round;
use cylinder::lock::Lock;

use super::layout::f;
use super::side::escape;

const LEFT: f64 = 74.0;
const PITCH: f64 = 44.0;
const HALF: f64 = 13.0;
const TOP: f64 = 34.0;
const FOOT: f64 = 96.0;
/// Height of all steps together (px).
const DEEP: f64 = 46.0;

/// The blank in one round.
pub(crate) fn blank(lock: &Lock, round: &Round, words: &str) -> String {
    let n = round.cut.len();
    let step = DEEP / f64::from(lock.depths.max(1));
    let wide = LEFT + PITCH * n as f64 + 24.0;
    let x = |i: usize| LEFT + PITCH * i as f64;
    let mut svg = format!(
        "<svg class=\"film\" viewBox=\"0 0 {} 132\" role=\"img\" aria-labelledby=\"blank-t blank-d\">\
         <title id=\"blank-t\">A blank with its cuts</title><desc id=\"blank-d\">{}</desc>",
        f(wide),
        escape(words)
    );
    // bow, and the blade with its cuts as one outline
    let _ = write!(
        svg,
        "<circle class=\"keypin\" cx=\"28\" cy=\"65\" r=\"24\"/><path class=\"keypin\" d=\"M52 {TOP}"
    );
    for (i, cut) in round.cut.iter().enumerate() {
        let deep = TOP + step * f64::from(cut + 1);
        let _ = write!(
            svg,
            "H{}L{} {d}H{}L{} {TOP}",
            f(x(i)),
            f(x(i) + 4.0),
            f(x(i) + 2.0 * HALF - 4.0),
            f(x(i) + 2.0 * HALF),
            d = f(deep)
        );
    }
    let _ = write!(svg, "H{}L{} {FOOT}H52Z\"/>", f(wide - 18.0), f(wide - 6.0));
    for i in 0..n {
        let middle = x(i) + HALF;
        let goal = f64::from(lock.depths) - (lock.set_lift[i] - lock.rest) / lock.step.max(1e-6);
        let _ = write!(
            svg,
            "<line class=\"line\" x1=\"{}\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\"/>",
            f(x(i) - 3.0),
            f(x(i) + 2.0 * HALF + 3.0),
            y = f(TOP + step * goal)
        );
        let now = TOP + step * f64::from(round.cut[i] + 1);
        if round.marked[i] {
            let _ =
                write!(svg, "<circle class=\"mark\" cx=\"{}\" cy=\"{}\" r=\"4\"/>", f(middle), f(now - 1.0));
            let _ = write!(
                svg,
                "<text class=\"st\" x=\"{}\" y=\"14\" text-anchor=\"middle\">mark</text>",
                f(middle)
            );
        }
        let _ = write!(
            svg,
            "<text class=\"tiny\" x=\"{m}\" y=\"28\" text-anchor=\"middle\">{load:.0} N</text>\
             <text class=\"n\" x=\"{m}\" y=\"114\" text-anchor=\"middle\">{}</text>",
            i + 1,
            m = f(middle),
            load = round.load[i]
        );
    }
    svg + "</svg>"
}
