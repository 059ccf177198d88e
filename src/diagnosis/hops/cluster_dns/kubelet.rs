//! What the kubelet of the client's node tells its pods of DNS: its own configuration, read through the API server.

use std::net::IpAddr;

use serde_json::Value;

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::request::inside::Asked;
use crate::facts::{Exchange, HttpAnswer, Kind, Question, Unknown};
use crate::report::Evidence;

/// The port at which a kubelet answers the API server.
const PORT: &str = "10250";

/// It, as far as DNS goes (`KubeletConfiguration`, kubelet.config.k8s.io/v1beta1).
#[derive(Clone, Debug)]
pub struct Kubelet<'a> {
    /// `clusterDNS`.
    pub dns: Vec<IpAddr>,
    /// `clusterDomain`.
    pub domain: Option<String>,
    /// Where it was read.
    pub asked: Asked<'a, HttpAnswer>,
}

impl Kubelet<'_> {
    /// What it says, as evidence.
    pub fn line(&self, cx: &Cx) -> Option<Evidence> {
        self.asked.answer.as_ref().ok()?;
        let dns: Vec<String> = self.dns.iter().map(ToString::to_string).collect();
        let domain = self.domain.as_deref().unwrap_or("none");
        let words = format!("clusterDNS {}, clusterDomain {domain}", dns.join(", "));
        Some(cx.evidence(&self.asked.question, words))
    }
}

/// Reads it. None where the answer is no configuration.
pub fn read<'a>(cx: &Cx<'a>, node: &str) -> Result<Option<Kubelet<'a>>, Unknown> {
    let asked = Asked::http(
        cx,
        Question::Proxy {
            kind: Kind::Node,
            namespace: None,
            name: node.to_owned(),
            port: PORT.to_owned(),
            tls: true,
            path: "/configz".to_owned(),
        },
    );
    let answer: &HttpAnswer = match asked.answer.as_ref() {
        Ok(answer) => answer,
        Err(unknown) => return Err(unknown.clone()),
    };
    if answer.exchange != Exchange::Response || answer.status != 200 {
        return Ok(None);
    }
    let Some((dns, domain)) = told(&answer.body) else {
        return Ok(None);
    };
    Ok(Some(Kubelet { dns, domain, asked }))
}

/// What a configuration tells of DNS.
fn told(body: &str) -> Option<(Vec<IpAddr>, Option<String>)> {
    let document: Value = serde_json::from_str(body).ok()?;
    let config = document.get("kubeletconfig")?;
    let dns = config.get("clusterDNS").and_then(Value::as_array);
    let dns = dns.into_iter().flatten().filter_map(Value::as_str);
    let domain = config.get("clusterDomain").and_then(Value::as_str);
    let domain = domain.filter(|d| !d.is_empty()).map(str::to_owned);
    Some((dns.filter_map(|d| d.parse().ok()).collect(), domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_fields_of_a_configuration_are_read() {
        let body = r#"{"kubeletconfig":{"clusterDomain":"cluster.local","clusterDNS":["10.96.0.10","fd00::a"]}}"#;
        let (dns, domain) = told(body).expect("a configuration");
        assert_eq!(domain.as_deref(), Some("cluster.local"));
        let wanted: [IpAddr; 2] = ["10.96.0.10", "fd00::a"].map(|a| a.parse().expect("an address"));
        assert_eq!(dns, wanted);
        assert_eq!(told(r#"{"kubeletconfig":{}}"#), Some((Vec::new(), None)));
        assert_eq!(told("ok"), None);
    }
}
