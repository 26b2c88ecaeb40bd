#include "tests/real/proxy/running_proxy.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "real/net/socket.h"

namespace meshtwin {
namespace {

constexpr timeval kPatience{20, 0};

std::filesystem::path program() {
  const char* path = std::getenv("MESHTWIN_PROGRAM");
  REQUIRE(path != nullptr);
  return std::filesystem::path(path).parent_path() / "meshtwin-proxy";
}

std::size_t length_in(const std::string& head) {
  const std::string key = "content-length: ";
  std::string lower = head;
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  const auto at = lower.find(key);
  return at == std::string::npos ? 0 : std::stoul(lower.substr(at + key.size()));
}

// Up to and with the empty line; false at the connection's end.
bool receive_head(int fd, std::string& in, std::string& head) {
  std::size_t end = 0;
  while ((end = in.find("\r\n\r\n")) == std::string::npos) {
    char bytes[4096];
    const ssize_t count = ::recv(fd, bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    in.append(bytes, static_cast<std::size_t>(count));
  }
  head = in.substr(0, end + 4);
  in.erase(0, end + 4);
  return true;
}

}  // namespace

Client::Client(const Address& address) : fd_(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  if (::connect(fd_.get(), address.data(), address.size()) != 0) {
    throw std::system_error(errno, std::generic_category(), address.text());
  }
}

void Client::send(const std::string& bytes) {
  if (::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error("not all of a request could be sent");
  }
}

Answer Client::receive() {
  Answer out;
  if (!receive_head(fd_.get(), in_, out.head)) return out;
  const std::size_t length = length_in(out.head);
  while (in_.size() < length) {
    char bytes[4096];
    const ssize_t count = ::recv(fd_.get(), bytes, sizeof bytes, 0);
    if (count <= 0) return out;
    in_.append(bytes, static_cast<std::size_t>(count));
  }
  out.status = std::stoi(out.head.substr(9, 3));
  out.body = in_.substr(0, length);
  in_.erase(0, length);
  return out;
}

Answer Client::ask(const std::string& method, const std::string& target, const std::string& body,
                   const std::string& headers) {
  const std::string host = headers.find("Host:") == std::string::npos ? "Host: localhost\r\n" : "";
  send(method + " " + target + " HTTP/1.1\r\n" + host + headers +
       (body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n") + "\r\n" + body);
  return receive();
}

bool Client::at_end() {
  char byte;
  return in_.empty() && ::recv(fd_.get(), &byte, 1, 0) == 0;
}

NamedBackend::NamedBackend(std::string name) : name_(std::move(name)) {
  listener_ = std::move(listen_tcp(Address::loopback(0)).value());
  fcntl(listener_.get(), F_SETFL, 0);
  address_ = local_address(listener_.get());
  held_.lock();
  acceptor_ = std::thread([this] { accept_all(); });
}

NamedBackend::~NamedBackend() {
  ::shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  release();
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : connections_) ::shutdown(fd, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
  for (const int fd : connections_) ::close(fd);
}

void NamedBackend::release() {
  held_.try_lock();
  held_.unlock();
}

void NamedBackend::accept_all() {
  for (int fd; (fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
    const std::lock_guard lock(mutex_);
    connections_.push_back(fd);
    threads_.emplace_back([this, fd] { serve(fd); });
  }
}

void NamedBackend::serve(int fd) {
  std::string in;
  for (std::string head; receive_head(fd, in, head);) {
    if (head.starts_with("GET /held")) {
      held_.lock();
      held_.unlock();
    }
    const std::string answer =
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(name_.size()) + "\r\n\r\n" + name_;
    if (::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return;
  }
}

RunningProxy::RunningProxy(std::vector<std::string> arguments) {
  const std::string path = program().string();
  arguments.insert(arguments.begin(), path);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  out_pipe_ = Fd(ends[0]);
  Fd out(ends[1]);
  const Fd err(open((folder_ / "err").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  pid_ = fork();
  REQUIRE(pid_ >= 0);
  if (pid_ == 0) {
    dup2(out.get(), STDOUT_FILENO);
    dup2(err.get(), STDERR_FILENO);
    execv(path.c_str(), argv.data());
    _exit(127);
  }
  // Our copy of the writing end has to go, so that the proxy's end shows.
  out.reset();
  char byte;
  while (!ready_ && ::read(out_pipe_.get(), &byte, 1) == 1) {
    out_ += byte;
    ready_ = byte == '\n' && out_.ends_with("ready\n");
  }
  std::istringstream lines(out_);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string kind, name, address;
    words >> kind >> name >> address;
    if (kind == "admin") addresses_[kind] = Address::parse(name).value();
    if (kind == "listening") addresses_[name] = Address::parse(address).value();
  }
}

RunningProxy::~RunningProxy() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
}

void RunningProxy::reload() {
  const auto attempts = [&] {
    const auto page = nlohmann::json::parse(admin("GET", "/config").body);
    return page["reloads"].get<int>() + page["reloads_refused"].get<int>();
  };
  const int before = attempts();
  signal(SIGHUP);
  while (attempts() == before) {
  }
}

void RunningProxy::signal(int number) { REQUIRE(kill(pid_, number) == 0); }

int RunningProxy::wait() {
  int status = 0;
  REQUIRE(waitpid(pid_, &status, 0) == pid_);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace meshtwin
