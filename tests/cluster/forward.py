"""A load balancer in front of the cluster: forward.py LISTEN_IP PORT TO_IP PORT MODE [CERTIFICATE KEY]

Takes connections at LISTEN_IP:PORT and passes them on. MODE proxy begins with a PROXY line, as an AWS network load balancer can;
plain does not. With a certificate it ends TLS.
"""
import socket
import ssl
import sys
import threading

listen, port, to, to_port, mode, *certificate = sys.argv[1:]
server = socket.create_server((listen, int(port)))
context = None
if certificate:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):
            end.close()


def serve(client, peer):
    try:
        if context:
            client = context.wrap_socket(client, server_side=True)
        pod = socket.create_connection((to, int(to_port)))
        if mode == "proxy":
            pod.sendall(f"PROXY TCP4 {peer[0]} {listen} {peer[1]} {port}\r\n".encode())
    except OSError:
        client.close()
        return
    threading.Thread(target=pump, args=(pod, client), daemon=True).start()
    pump(client, pod)


while True:
    threading.Thread(target=serve, args=server.accept(), daemon=True).start()
