//! TCP: open, closed, silent.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use hops::answer::network::NetworkConfig;
use hops::facts::{Connect, Exchange, Handshake};

use crate::support::servers::{self, V4};
use crate::{ask_http, ask_tcp, ask_tls, quick, request};

#[tokio::test]
async fn tells_open_closed_and_reset_apart() {
    for on in [V4, IpAddr::V6(Ipv6Addr::LOCALHOST)] {
        if on.is_ipv6() && tokio::net::TcpListener::bind((on, 0)).await.is_err() {
            continue; // no IPv6 on this machine
        }
        let open = servers::tcp(on, servers::silence).await;
        assert_eq!(
            ask_tcp(quick(), open.addr).await.connect,
            Connect::Connected
        );
        let closed = servers::closed_port(on).await;
        assert_eq!(ask_tcp(quick(), closed).await.connect, Connect::Refused);
    }
    let polite = servers::tcp(V4, |stream| async { drop(stream) }).await;
    assert_eq!(
        ask_tcp(quick(), polite.addr).await.connect,
        Connect::Connected
    );
    let resetting = servers::tcp(V4, servers::reset).await;
    // The reset is watched for only a moment, which a busy machine may oversleep.
    let mut seen = Vec::new();
    while !seen.contains(&Connect::Reset) && seen.len() < 20 {
        seen.push(ask_tcp(quick(), resetting.addr).await.connect);
    }
    assert!(seen.contains(&Connect::Reset), "{seen:?}");
}

/// A full backlog drops SYN packets, as a firewall does.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn without_an_answer_times_out() {
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind((V4, 0).into()).expect("a free port");
    let listener = socket.listen(1).expect("it listens");
    let to = listener.local_addr().expect("its address");
    let mut held = Vec::new();
    let full = loop {
        let connecting = tokio::net::TcpStream::connect(to);
        match tokio::time::timeout(Duration::from_millis(300), connecting).await {
            Ok(Ok(stream)) if held.len() < 64 => held.push(stream),
            Ok(_) => break false,
            Err(_) => break true,
        }
    };
    if !full {
        return; // this kernel takes any number
    }
    let config = NetworkConfig {
        connect_timeout: Duration::from_millis(300),
        ..quick()
    };
    assert_eq!(ask_tcp(config.clone(), to).await.connect, Connect::TimedOut);
    let timed_out = Handshake::NoConnection(Connect::TimedOut);
    assert_eq!(ask_tls(config.clone(), to).await.handshake, timed_out);
    let timed_out = Exchange::NoConnection(Connect::TimedOut);
    assert_eq!(
        ask_http(config, request(to, true)).await.exchange,
        timed_out
    );
}
