//! What only an old cluster can show: by its name the last to run.

use std::time::Duration;

use crate::bench::{Bench, SHOP};
use crate::browser::Seen;
use crate::verdicts::Broken;

/// A load balancer gets five minutes before waiting for its address is an error.
const GRACE: Duration = Duration::from_secs(300);

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn load_balancer_pending() {
    let bench = Bench::healthy();
    bench.publish(&[]);
    bench.sees(SHOP, |seen| *seen == Seen::TimedOut);
    let created = bench.kubectl(&[
        "-n",
        "traefik",
        "get",
        "service",
        "traefik",
        "-o",
        "jsonpath={.metadata.creationTimestamp}",
    ]);
    let created: jiff::Timestamp = created.parse().unwrap();
    let age = Duration::try_from(jiff::Timestamp::now().duration_since(created)).unwrap();
    std::thread::sleep((GRACE + Duration::from_secs(5)).saturating_sub(age));
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "load-balancer",
            roots: &["lb-no-implementation"],
            folded: &["lb-pending"],
        },
    );
}
