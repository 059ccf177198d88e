//! One DNS question to one server: UDP, and TCP where the answer does not fit (RFC 1035 §4.2, RFC 7766).
//!
//! This is a stub resolver's wire, and no more. A resolver library hides what a person who debugs wants to see: which server
//! answered, that a port is closed, the alias that leads to a name which does not exist.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use hickory_proto::op::{Message, MessageType, Query, ResponseCode};
use hickory_proto::rr::{Name, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout_at};

/// Without EDNS an answer has 512 bytes; some servers send more.
const DATAGRAM: usize = 4096;

/// Why a server gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It said nothing in time.
    Silent,
    /// Nothing listens at its port.
    Closed,
    /// It cannot be reached, or broke off; the operating system's words.
    Io(String),
    /// What it sent is no DNS message.
    Garbled(String),
    /// It answered with an error code.
    Code(ResponseCode),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => f.write_str("does not answer"),
            Self::Closed => f.write_str("has no DNS server listening (port closed)"),
            Self::Io(why) => write!(f, "cannot be asked: {why}"),
            Self::Garbled(why) => write!(f, "answers with something that is not DNS: {why}"),
            Self::Code(code) => write!(f, "answers {}", code_name(*code)),
        }
    }
}

/// The name of a response code as `dig` prints it.
fn code_name(code: ResponseCode) -> String {
    match code {
        ResponseCode::NoError => "NOERROR".to_owned(),
        ResponseCode::FormErr => "FORMERR".to_owned(),
        ResponseCode::ServFail => "SERVFAIL".to_owned(),
        ResponseCode::NXDomain => "NXDOMAIN".to_owned(),
        ResponseCode::NotImp => "NOTIMP".to_owned(),
        ResponseCode::Refused => "REFUSED".to_owned(),
        other => format!("{other:?}").to_uppercase(),
    }
}

/// Asks one server to find out. What comes back has the code NOERROR or NXDOMAIN.
pub(super) async fn ask(
    server: SocketAddr,
    name: &Name,
    rtype: RecordType,
    deadline: Instant,
) -> Result<Message, Failure> {
    exchange(server, name, rtype, true, deadline).await
}

/// Asks one server for what it knows itself.
pub(super) async fn ask_for_its_own(
    server: SocketAddr,
    name: &Name,
    rtype: RecordType,
    deadline: Instant,
) -> Result<Message, Failure> {
    exchange(server, name, rtype, false, deadline).await
}

async fn exchange(
    server: SocketAddr,
    name: &Name,
    rtype: RecordType,
    recurse: bool,
    deadline: Instant,
) -> Result<Message, Failure> {
    let question = question(name, rtype, recurse);
    let bytes = question
        .to_vec()
        .map_err(|e| Failure::Io(format!("the question cannot be written: {e}")))?;
    let mut answer = over_udp(server, &question, &bytes, deadline).await?;
    if answer.metadata.truncation {
        answer = match timeout_at(deadline, over_tcp(server, &question, &bytes)).await {
            Ok(Ok(whole)) => whole,
            // Addresses that did fit are better than none.
            _ if !answer.answers.is_empty() => answer,
            Ok(Err(why)) => return Err(why),
            Err(_) => return Err(Failure::Silent),
        };
    }
    match answer.metadata.response_code {
        ResponseCode::NoError | ResponseCode::NXDomain => Ok(answer),
        code => Err(Failure::Code(code)),
    }
}

/// A question with an identifier made up by chance.
pub(in crate::answer) fn question(name: &Name, rtype: RecordType, recurse: bool) -> Message {
    let mut question = Message::query();
    question.metadata.recursion_desired = recurse;
    question.add_query(Query::query(name.clone(), rtype));
    question
}

async fn over_udp(
    server: SocketAddr,
    question: &Message,
    bytes: &[u8],
    deadline: Instant,
) -> Result<Message, Failure> {
    let any: SocketAddr = if server.is_ipv4() {
        (Ipv4Addr::UNSPECIFIED, 0).into()
    } else {
        (Ipv6Addr::UNSPECIFIED, 0).into()
    };
    let socket = UdpSocket::bind(any).await.map_err(|e| failure(&e))?;
    // Connected, the system passes only packets of this server, and says when its port is closed.
    socket.connect(server).await.map_err(|e| failure(&e))?;
    let mut buffer = vec![0; DATAGRAM];
    let again = Instant::now() + deadline.saturating_duration_since(Instant::now()) / 2;
    // The same datagram twice, as one may get lost. An answer to the first is still welcome after the second was sent.
    for until in [again, deadline] {
        socket.send(bytes).await.map_err(|e| failure(&e))?;
        while let Ok(received) = timeout_at(until, socket.recv(&mut buffer)).await {
            let length = received.map_err(|e| failure(&e))?;
            // A stray or forged datagram is passed over; the true one may follow.
            if !buffer[..length].starts_with(&question.metadata.id.to_be_bytes()) {
                continue;
            }
            let message = decode(&buffer[..length])?;
            if answers(question, &message) {
                return Ok(message);
            }
        }
    }
    Err(Failure::Silent)
}

async fn over_tcp(
    server: SocketAddr,
    question: &Message,
    bytes: &[u8],
) -> Result<Message, Failure> {
    let exchange = async {
        let mut stream = TcpStream::connect(server).await?;
        stream.write_all(&framed(bytes)?).await?;
        let length = stream.read_u16().await?;
        let mut buffer = vec![0; usize::from(length)];
        stream.read_exact(&mut buffer).await?;
        Ok(buffer)
    };
    let buffer = exchange.await.map_err(|e: io::Error| match e.kind() {
        ErrorKind::ConnectionRefused => {
            Failure::Io("the answer is too long for UDP, and TCP is refused".to_owned())
        }
        _ => Failure::Io(format!(
            "the answer is too long for UDP, and TCP fails: {e}"
        )),
    })?;
    let message = decode(&buffer)?;
    if answers(question, &message) {
        Ok(message)
    } else {
        Err(Failure::Garbled("an answer to another question".to_owned()))
    }
}

/// A message as TCP carries it, with its length before it. In one piece: some servers read both at once.
pub(in crate::answer) fn framed(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let length = u16::try_from(bytes.len()).map_err(io::Error::other)?;
    Ok([&length.to_be_bytes(), bytes].concat())
}

fn decode(bytes: &[u8]) -> Result<Message, Failure> {
    Message::from_vec(bytes).map_err(|e| Failure::Garbled(e.to_string()))
}

/// Whether it is the answer to this question. Servers may leave the question out of an error.
pub(in crate::answer) fn answers(question: &Message, message: &Message) -> bool {
    message.metadata.id == question.metadata.id
        && message.metadata.message_type == MessageType::Response
        && (message.queries == question.queries
            || (message.queries.is_empty()
                && message.metadata.response_code != ResponseCode::NoError))
}

fn failure(e: &io::Error) -> Failure {
    match e.kind() {
        ErrorKind::ConnectionRefused => Failure::Closed,
        _ => Failure::Io(e.to_string()),
    }
}
